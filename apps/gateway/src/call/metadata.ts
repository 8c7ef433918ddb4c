import type { Header } from "@rpcdeck/frames";

/** Request headers that never reach a backend: hop by hop, set by every leg for itself, or a browser's own business (decision 7). */
const droppedRequestNames = new Set([
  // HTTP, hop by hop or about this leg's body
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "proxy-authenticate",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "te",
  "trailer",
  "trailers",
  "host",
  "expect",
  "content-type",
  "content-length",
  "content-encoding",
  // the protocols' own; each leg writes its own again
  "grpc-timeout",
  "grpc-encoding",
  "grpc-accept-encoding",
  "grpc-status",
  "grpc-message",
  "grpc-status-details-bin",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connect-content-encoding",
  "connect-accept-encoding",
  "x-grpc-web",
  // a browser's
  "cookie",
  "origin",
  "referer",
  "dnt",
  "priority",
]);

/** Response headers that an inbound protocol writes itself, or that only concern the backend's own leg. */
const droppedResponseNames = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  "content-type",
  "content-length",
  "content-encoding",
  "accept-encoding",
  "grpc-encoding",
  "grpc-accept-encoding",
  "grpc-status",
  "grpc-message",
  "grpc-status-details-bin",
  "connect-content-encoding",
  "connect-accept-encoding",
]);

/** Response headers that would change what a browser does with our origin: a backend has no say there. */
const browserEffectNames = new Set(["set-cookie", "clear-site-data", "strict-transport-security", "alt-svc", "refresh", "location"]);

/** The end-to-end metadata of a request, in order, duplicates kept. `headers` are in lower case. */
export function requestMetadata(headers: readonly Header[]): Header[] {
  const metadata: Header[] = [];
  let fromBrowser = false;
  let connectionNames: Set<string> | undefined;
  for (const [name, value] of headers) {
    if (name === "connection") connectionNames = withNames(connectionNames, value);
    else if (name.startsWith("sec-fetch-")) fromBrowser = true;
  }
  for (const header of headers) {
    const name = header[0];
    if (droppedRequestNames.has(name) || name.startsWith(":")) continue;
    if (name.startsWith("rpcdeck-") || name.startsWith("sec-") || name === "accept" || name.startsWith("accept-")) continue;
    if (fromBrowser && name === "user-agent") continue;
    if (connectionNames?.has(name) === true) continue;
    metadata.push(header);
  }
  return metadata;
}

/**
 * What of a backend's headers or trailers may be written towards the caller. Names and values that HTTP cannot carry are mended: a name that
 * is no token is left out, characters that are not allowed in a value become `?`. `browser` also leaves out what acts on our origin.
 */
export function responseMetadata(headers: readonly Header[], browser: boolean): Header[] {
  const metadata: Header[] = [];
  for (const header of headers) {
    const [name, value] = header;
    if (droppedResponseNames.has(name)) continue;
    if (browser && (browserEffectNames.has(name) || name.startsWith("access-control-"))) continue;
    if (!headerName.test(name)) continue;
    metadata.push(badValue.test(value) ? [name, value.replaceAll(badValues, "?")] : header);
  }
  return metadata;
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const badValue = /[^\t\x20-\x7e\x80-\xff]/;
const badValues = /[^\t\x20-\x7e\x80-\xff]/g;

function withNames(names: Set<string> | undefined, list: string): Set<string> {
  const all = names ?? new Set<string>();
  for (const name of list.split(",")) all.add(name.trim().toLowerCase());
  return all;
}
