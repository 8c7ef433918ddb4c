import type { Header } from "@rpcdeck/frames";
import type { Instance } from "../catalog/instance.ts";

/** Names that belong to a connection or to a protocol: never taken from a caller's or an instance's metadata. */
const notMetadata: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "accept-encoding",
  "connect-accept-encoding",
  "connect-content-encoding",
  "connect-protocol-version",
  "connect-timeout-ms",
  "grpc-accept-encoding",
  "grpc-encoding",
  "grpc-message",
  "grpc-status",
  "grpc-status-details-bin",
  "grpc-timeout",
  "x-grpc-web",
]);

// RFC 9110 field names in lower case; field values without control characters (CR and LF would end the field in an HTTP/1.1 hop).
const validName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/u;
const outerSpace = /^[\t ]|[\t ]$/u;
const outerSpaces = /^[\t ]+|[\t ]+$/gu;
const validValue = /^[\t\x20-\x7e\x80-\xff]*$/u;

/**
 * Adds the metadata of a call, and of its instance where the call does not say the same name, to a protocol's own headers. Returns what is
 * wrong with a name or value that no server may be sent, in one line.
 */
export function appendMetadata(headers: Header[], metadata: readonly Header[], instance: Instance): string | undefined {
  for (const header of metadata) {
    if (notMetadata.has(header[0])) continue;
    const problem = invalid(header);
    if (problem !== undefined) return problem;
    headers.push(bare(header));
  }
  for (const [name, value] of instance.metadata) {
    const header: Header = [name.toLowerCase(), value];
    if (notMetadata.has(header[0]) || metadata.some(([given]) => given === header[0])) continue;
    const problem = invalid(header);
    if (problem !== undefined) return problem;
    headers.push(bare(header));
  }
  return undefined;
}

/** Without the space around its value, which is no part of it: HTTP/2 servers drop such a field, or the whole request (RFC 9113, 8.2.1). */
function bare(header: Header): Header {
  const value = header[1];
  return outerSpace.test(value) ? [header[0], value.replaceAll(outerSpaces, "")] : header;
}

/** Response headers or trailers without those of protocol and connection. */
export function responseMetadata(headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => !notMetadata.has(name));
}

function invalid([name, value]: Header): string | undefined {
  if (!validName.test(name)) return `metadata name ${JSON.stringify(name.slice(0, 100))} is not a header name`;
  if (!validValue.test(value)) return `the value of metadata ${name} has a character that no header can have`;
  return undefined;
}
