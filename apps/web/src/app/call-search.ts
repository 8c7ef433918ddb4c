import type { BrowserCodec, BrowserProtocol, RequestView } from "#data/draft.ts";

/** What of the response is shown. */
export type ResponseView = "json" | "bytes" | "headers" | "timeline";

/** Which part of a call a narrow screen shows. */
export type NarrowPart = "request" | "response" | "wire" | "timeline";

/** The call screen in the URL (decision 24): never message, metadata or the list of tabs. */
export interface CallSearch {
  /** Draft id. */
  readonly draft?: string | undefined;
  /** Full service name and method: what a link opens where the draft is not known. */
  readonly service?: string | undefined;
  readonly method?: string | undefined;
  /** Pinned instance id, or a typed target's URL. */
  readonly target?: string | undefined;
  readonly protocol?: BrowserProtocol | undefined;
  readonly codec?: BrowserCodec | undefined;
  /** Editor of the request; absent is the form. */
  readonly view?: RequestView | undefined;
  /** View of the response; absent is JSON. */
  readonly response?: ResponseView | undefined;
  /** Part on a narrow screen; absent is the request. */
  readonly part?: NarrowPart | undefined;
  /** Selected field path, and the message it belongs to; an absent side is the request. */
  readonly path?: string | undefined;
  readonly side?: "request" | "response" | undefined;
}

/** Reads the search of an address; what it does not know is left out. */
export function parseCallSearch(search: Record<string, unknown>): CallSearch {
  return {
    ...pick("draft", textOf(search["draft"])),
    ...pick("service", textOf(search["service"])),
    ...pick("method", textOf(search["method"])),
    ...pick("target", textOf(search["target"])),
    ...pick("protocol", oneOf(search["protocol"], ["connect", "grpc-web", "grpc"] as const)),
    ...pick("codec", oneOf(search["codec"], ["proto", "json"] as const)),
    ...pick("view", oneOf(search["view"], ["form", "json", "bytes", "metadata", "options"] as const)),
    ...pick("response", oneOf(search["response"], ["json", "bytes", "headers", "timeline"] as const)),
    ...pick("part", oneOf(search["part"], ["request", "response", "wire", "timeline"] as const)),
    ...pick("path", textOf(search["path"])),
    ...pick("side", oneOf(search["side"], ["request", "response"] as const)),
  };
}

function pick<Name extends string, Value>(name: Name, value: Value | undefined): { [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]?: Value });
}

function textOf(value: unknown): string | undefined {
  // The router reads a search like ?draft=12 as a number.
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function oneOf<const Value extends string>(value: unknown, values: readonly Value[]): Value | undefined {
  return values.find((candidate) => candidate === value);
}
