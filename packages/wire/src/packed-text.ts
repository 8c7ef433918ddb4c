import type { WireField } from "./message-table.ts";
import { scalarText } from "./scalar-text.ts";
import { varintEnd } from "./varint.ts";

/** Elements that are spelled out. */
const maxListed = 12;

const widths: Partial<Record<WireField["type"], number>> = { double: 8, fixed64: 8, sfixed64: 8, float: 4, fixed32: 4, sfixed32: 4 };

/** The first elements of a packed run, in brackets; an unfinished one is an ellipsis. */
export function packedText(bytes: Uint8Array, { start, end }: { start: number; end: number }, type: WireField["type"]): string {
  const width = widths[type] ?? 0;
  const values: string[] = [];
  let at = start;
  while (at < end && values.length < maxListed) {
    const next = width === 0 ? varintEnd(bytes, at, end) : at + width;
    if (next < 0 || next > end) {
      values.push("…");
      break;
    }
    values.push(scalarText(bytes, at, next, { type }));
    at = next;
  }
  return `[${values.join(" ")}${at < end && values.length === maxListed ? " …" : ""}]`;
}
