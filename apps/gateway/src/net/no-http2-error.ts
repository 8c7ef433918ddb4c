/** What a server did instead of sending its SETTINGS. "other": it hung up, or sent what is neither HTTP nor TLS. */
export type InsteadOfHttp2 = "nothing" | "tls-alert" | "http1" | "other";

/** Why HTTP/2 did not begin on a connection; `did` says what the server did, as far as its first bytes tell. */
export class NoHttp2Error extends Error {
  readonly did: InsteadOfHttp2;

  constructor(message: string, did: InsteadOfHttp2) {
    super(message);
    this.name = "NoHttp2Error";
    this.did = did;
  }
}

/** What the first bytes from a server are; undefined where they may be HTTP/2. */
export function insteadOfHttp2(first: Uint8Array): "tls-alert" | "http1" | undefined {
  // RFC 8446, 5.1: a record of content type alert (21), version 3.x.
  if (first[0] === 0x15 && first[1] === 0x03) return "tls-alert";
  return Buffer.from(first.subarray(0, http1.length)).equals(http1) ? "http1" : undefined;
}

const http1 = Buffer.from("HTTP/1");
