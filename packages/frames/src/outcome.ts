import type { Header } from "./header.ts";

/** The gRPC status codes, by the names the Connect protocol writes. 0 is "ok". */
export const codeNames = [
  "ok",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
] as const;

/** A code by its Connect name. */
export type CodeName = (typeof codeNames)[number];

/** One error detail: a google.protobuf.Any that nobody needs to understand. */
export interface Detail {
  /** Type URL. Connect writes bare type names: they get the usual prefix when they are read. */
  readonly typeUrl: string;
  readonly bytes: Uint8Array;
}

/** How a call ended, whatever protocol said so. `code` is 0 to 16. */
export interface Outcome {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Detail[];
  /** Response headers, where they first come with the end (a trailers-only answer); else empty, they were delivered before. */
  readonly headers: readonly Header[];
  readonly trailers: readonly Header[];
  /** HTTP status that a Connect unary answer has instead of that of `code`: 404 where the path names nothing. */
  readonly httpStatus?: number;
}

/** The number of a code; undefined for a name that is none. */
export function codeFromName(name: string): number | undefined {
  const code = (codeNames as readonly string[]).indexOf(name);
  return code === -1 ? undefined : code;
}

/** The name of a code; "unknown" for a number that is none. */
export function nameFromCode(code: number): CodeName {
  return codeNames[code] ?? "unknown";
}

/** An outcome without details and metadata. */
export function outcomeOf(code: CodeName, message = ""): Outcome {
  return { code: codeNames.indexOf(code), message, details: [], headers: [], trailers: [] };
}

/** What an HTTP status says when no RPC status came with it (gRPC's and Connect's common table). */
export function codeFromHttpStatus(status: number): CodeName {
  switch (status) {
    case 400:
      return "internal";
    case 401:
      return "unauthenticated";
    case 403:
      return "permission_denied";
    case 404:
      return "unimplemented";
    case 429:
    case 502:
    case 503:
    case 504:
      return "unavailable";
    default:
      return "unknown";
  }
}
