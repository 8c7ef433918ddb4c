import { isKnownEncoding, knownEncodings, type Header, type Outcome } from "@rpcdeck/frames";

/** The status of an answer as a trace shows it, over HTTP/1.1 too. */
export function statusLine(status: number): Header {
  return [":status", String(status)];
}

const unimplemented = 12;

/** When a call with a compression nobody here knows ended as unimplemented: the header that lists the ones that are known. */
export function acceptHeaderFor(outcome: Outcome, requestEncoding: string, name: string): Header[] {
  if (outcome.code !== unimplemented || requestEncoding === "identity" || isKnownEncoding(requestEncoding)) return [];
  return [[name, knownEncodings.join(",")]];
}
