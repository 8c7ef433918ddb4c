import type { MessageContent, UnknownContent, ValueContent } from "./message-content.ts";
import type { WireField } from "./message-table.ts";
import { quoteKey, stepText } from "./path-text.ts";
import { scalarText } from "./scalar-text.ts";
import { readLength, scanLevel } from "./scan-level.ts";
import { textFrom } from "./utf8.ts";
import { isReadable } from "./validate.ts";
import { varintEnd } from "./varint.ts";

/**
 * Last steps of the paths of a message's unknown fields, in their order. What a closed enum does not have goes by the name of its field, as
 * another occurrence or element of it; the rest by number.
 */
export function unknownPaths({ table, fields, unknown }: MessageContent): string[] {
  const seen = new Map<string | number, number>();
  for (const { field, values } of fields) {
    if (field.shape === "map") for (const { value } of values) count(`${field.number}:${keyOf(value)}`, 1);
    else count(field.number, values.length);
  }
  return unknown.map((one) => {
    const declared = table?.byNumber(one.number);
    const field = declared !== undefined && isReadable(declared, one.wireType) ? declared : undefined;
    if (field === undefined || table?.isMapEntry === true)
      return stepText({ field: one.number, element: undefined, occurrence: count(-1 - one.number, 1) + 1 });
    switch (field.shape) {
      case "map": {
        const element = keyIn(one, field);
        return stepText({ field: field.name, element, occurrence: count(`${field.number}:${element}`, 1) + 1 });
      }
      case "list":
        return stepText({ field: field.name, element: String(count(field.number, 1)), occurrence: 1 });
      case "singular":
        return stepText({ field: field.name, element: undefined, occurrence: count(field.number, 1) + 1 });
    }
  });

  /** How many there were before. */
  function count(key: string | number, more: number): number {
    const before = seen.get(key) ?? 0;
    seen.set(key, before + more);
    return before;
  }
}

/** Key of a map entry as a path writes it. */
export function keyOf(entry: ValueContent["value"]): string {
  const key = entry instanceof Uint8Array ? undefined : entry.fields[0];
  const value = key?.values[0]?.value;
  return key === undefined || !(value instanceof Uint8Array) ? '""' : keyText(key.field, value, 0, value.length);
}

/** Key of an entry that is unknown as a whole. */
function keyIn({ data }: UnknownContent, map: WireField): string {
  const start = varintEnd(data, 0, data.length);
  const end = start < 0 ? 0 : start + readLength(data, 0, start);
  const level = scanLevel(data, Math.max(0, start), Math.min(end, data.length));
  const key = map.message?.().byNumber(1);
  if (key === undefined) return '""';
  for (let at = level.count - 1; at >= 0; at--) {
    const tag = level.tags[at] as number;
    if (tag >>> 3 === 1 && isReadable(key, tag & 7)) return keyText(key, data, level.valueStarts[at] as number, level.ends[at] as number);
  }
  return key.type === "string" ? '""' : key.type === "bool" ? "false" : "0";
}

function keyText(field: WireField, bytes: Uint8Array, start: number, end: number): string {
  return field.type === "string" ? quoteKey(textFrom(bytes, start, end)) : scalarText(bytes, start, end, field);
}
