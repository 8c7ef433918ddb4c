import { scalarText } from "./scalar-text.ts";
import { scanLevel, type RecordArrays } from "./scan-level.ts";
import { invalidUtf8At } from "./utf8.ts";
import { quoted } from "./value-text.ts";
import { readVarint } from "./varint.ts";

/** Records that are spelled out. */
const maxListed = 12;
/** Bytes that are cut into records. */
const maxScanned = 64 * 1024;
/** Bytes of a text that are shown. */
const maxTextBytes = 60;

/** The first records of a message without a schema: `1: 150  2: "ann"`. */
export function messageText(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return "empty";
  const level = scanLevel(bytes, start, Math.min(end, start + maxScanned));
  const parts: string[] = [];
  for (let at = 0; at < level.count && parts.length < maxListed; at++) {
    parts.push(level.flags[at] === 0 ? `${(level.tags[at] as number) >>> 3}: ${recordText(bytes, level, at)}` : "…");
  }
  return `${parts.join("  ")}${level.count > parts.length ? "  …" : ""}`;
}

/** The value of one record of a message without a schema. */
export function recordText(bytes: Uint8Array, level: RecordArrays, at: number): string {
  const start = level.valueStarts[at] as number;
  const end = level.ends[at] as number;
  switch ((level.tags[at] as number) & 7) {
    case 0:
      return String(readVarint(bytes, start, end));
    case 1:
      return `fixed64 ${scalarText(bytes, start, end, { type: "fixed64" })}`;
    case 5:
      return `fixed32 ${scalarText(bytes, start, end, { type: "fixed32" })}`;
    case 2:
      if (invalidUtf8At(bytes, start, end) === -1) return quoted(bytes, start, Math.min(end, start + maxTextBytes));
      return end - start === 1 ? "1 byte" : `${(end - start).toLocaleString("en")} bytes`;
    default:
      return "{…}";
  }
}
