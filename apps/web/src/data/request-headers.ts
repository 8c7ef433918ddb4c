import { isBinaryName, parseBinaryMetadata, type Header } from "@rpcdeck/frames";
import type { MetadataEntry } from "./draft.ts";

/** Something about a metadata entry that keeps it from being sent as it is. */
export interface MetadataProblem {
  /** Which entry, from 0. */
  readonly index: number;
  readonly part: "name" | "value";
  readonly message: string;
}

const reservedNames = new Set([
  "content-type",
  "content-encoding",
  "content-length",
  "te",
  "host",
  "connection",
  "transfer-encoding",
  "upgrade",
  "keep-alive",
]);
const reservedPrefixes = ["rpcdeck-", "grpc-", "connect-"];

/** Header names that a page's `fetch` may not set (Fetch, "forbidden request-header"). */
const forbiddenNames = new Set([
  "accept-charset",
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "cookie",
  "cookie2",
  "date",
  "dnt",
  "expect",
  "origin",
  "referer",
  "set-cookie",
  "trailer",
  "user-agent",
  "via",
]);

/** What keeps the enabled entries from being sent. Empty rows are nothing, and no problem. */
export function metadataProblems(entries: readonly MetadataEntry[]): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  entries.forEach(({ name, value, enabled }, index) => {
    if (!enabled || (name === "" && value === "")) return;
    const nameProblem = problemOfName(name.trim().toLowerCase());
    if (nameProblem !== undefined) problems.push({ index, part: "name", message: nameProblem });
    else {
      const valueProblem = problemOfValue(name.trim().toLowerCase(), value.trim());
      if (valueProblem !== undefined) problems.push({ index, part: "value", message: valueProblem });
    }
  });
  return problems;
}

/** The enabled entries as they go out: names in lower case, in order, duplicates kept. */
export function metadataHeaders(entries: readonly MetadataEntry[]): Header[] {
  return entries
    .filter(({ name, enabled }) => enabled && name.trim() !== "")
    .map(({ name, value }) => [name.trim().toLowerCase(), value.trim()]);
}

/** Why these headers cannot go by `fetch`, in words; undefined when they can. */
export function fetchObstacle(headers: readonly Header[]): string | undefined {
  const seen = new Set<string>();
  for (const [name] of headers) {
    if (forbiddenNames.has(name) || name.startsWith("sec-") || name.startsWith("proxy-"))
      return `a browser does not let a page set ${name}`;
    if (seen.has(name)) return `${name} is there twice, and fetch would join the two`;
    seen.add(name);
  }
  return undefined;
}

function problemOfName(name: string): string | undefined {
  if (name === "") return "The name is missing";
  const wrong = /[^a-z0-9!#$%&'*+.^_`|~-]/.exec(name)?.[0];
  if (wrong !== undefined) return `${wrong === " " ? "A space" : JSON.stringify(wrong)} cannot be in a name`;
  if (reservedNames.has(name)) return `${name} belongs to the transport`;
  const prefix = reservedPrefixes.find((candidate) => name.startsWith(candidate));
  return prefix === undefined ? undefined : `${prefix}* belongs to the protocol`;
}

function problemOfValue(name: string, value: string): string | undefined {
  if (isBinaryName(name)) {
    const values = parseBinaryMetadata(value);
    const at = values.findIndex(({ kind }) => kind === "broken");
    const bad = values[at];
    if (bad?.kind !== "broken") return undefined;
    return `${values.length > 1 ? `Value ${at + 1} of ${values.length}` : "The value"} is not base64: ${bad.reason}`;
  }
  return /^[\x20-\x7e\t]*$/.test(value) ? undefined : "Only printable ASCII; other bytes need a name that ends in -bin, and base64";
}
