import { headerValue, type Header } from "@rpcdeck/frames";
import type { CallChoices } from "./call.ts";

/** The choices of a caller who made none; shared, as most callers are no playground. */
const noChoices: CallChoices = { target: undefined, schema: undefined, select: undefined, fail: undefined, hedge: undefined, hop: 0 };

const hopName = "rpcdeck-hop";

/** The rpcdeck-* headers of a request. A hop count that is no number counts as one hop. */
export function parseChoices(headers: readonly Header[]): CallChoices {
  let own = false;
  for (const header of headers) if (header[0].startsWith("rpcdeck-")) own = true;
  if (!own) return noChoices;
  const hop = headerValue(headers, hopName);
  return {
    target: headerValue(headers, "rpcdeck-target")?.trim() || undefined,
    schema: headerValue(headers, "rpcdeck-schema")?.trim() || undefined,
    select: headerValue(headers, "rpcdeck-select")?.trim().toLowerCase() || undefined,
    fail: headerValue(headers, "rpcdeck-fail")?.trim().toLowerCase() || undefined,
    hedge: headerValue(headers, "rpcdeck-hedge")?.trim(),
    hop: hop === undefined ? 0 : /^\d{1,6}$/.test(hop) ? Number(hop) : 1,
  };
}

/** The id of a valid rpcdeck-call header (32 lower-case hex digits), or undefined. */
export function traceIdFrom(headers: readonly Header[]): string | undefined {
  const id = headerValue(headers, "rpcdeck-call");
  return id !== undefined && /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}
