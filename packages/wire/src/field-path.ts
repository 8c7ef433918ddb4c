import { joinPath } from "./path-text.ts";
import type { WireLevel, WireRecord } from "./wire-index.ts";

const prefixes = new WeakMap<WireLevel, string>();

/**
 * Path of the field a record belongs to, without indices, keys and occurrences, as the size breakdown writes it: `phones.number`, `#7#1`,
 * `labels.value`; `[]` after it stands for any element of a packed run or of a stream. The same for all items of a list.
 */
export function fieldPathOf({ level, field, number }: WireRecord): string {
  return level.kind === "message" ? joinPath(prefixOf(level), field?.name ?? `#${number}`) : prefixOf(level);
}

/** Depth is bounded by the index, which opens no more than its limit. */
function prefixOf(level: WireLevel): string {
  if (level.parent === undefined) return "";
  const known = prefixes.get(level);
  if (known !== undefined) return known;
  const prefix = level.kind === "message" ? fieldPathOf(level.parent) : `${fieldPathOf(level.parent)}[]`;
  prefixes.set(level, prefix);
  return prefix;
}
