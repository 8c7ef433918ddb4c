import { quoteKey } from "./path-text.ts";
import { scalarText } from "./scalar-text.ts";
import { textFrom } from "./utf8.ts";
import type { WireIndex, WireRecord } from "./wire-index.ts";

/** Key of a map entry as a path writes it; the default where the entry has none. */
export function entryKey(index: Pick<WireIndex, "bytes" | "record" | "children">, entry: WireRecord): string {
  const { bytes } = index;
  const field = entry.field?.message?.().byNumber(1);
  const level = index.children(entry);
  if (field === undefined) return '""';
  for (let at = (level?.count ?? 0) - 1; level !== undefined && at >= 0; at--) {
    const record = index.record(level, at);
    if (record?.number !== 1 || record.field === undefined || record.isMalformed) continue;
    return field.type === "string"
      ? quoteKey(textFrom(bytes, record.valueStart, record.end))
      : scalarText(bytes, record.valueStart, record.end, field);
  }
  return field.type === "string" ? '""' : field.type === "bool" ? "false" : "0";
}
