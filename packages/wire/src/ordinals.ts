import { entryKey } from "./entry-key.ts";
import { isReadable, type WireField } from "./message-table.ts";
import { packedTypeOf } from "./read-as.ts";
import { countPacked } from "./scan-packed.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** How many came before, of the records that share a path but for its index. */
interface Tally {
  next: number;
}

const counted = new WeakMap<WireLevel, Uint32Array>();

/**
 * By position in a level: the index of a list element (of the first element for a packed run), else the number of earlier occurrences; for
 * map entries, of the same key. Counted once a level, when first needed.
 */
export function ordinalsOf(index: Pick<WireIndex, "bytes" | "record" | "children" | "choice">, level: WireLevel): Uint32Array {
  const known = level.prepared?.ordinals ?? counted.get(level);
  if (known !== undefined) return known;
  const ordinals = new Uint32Array(level.count);
  const tallies = new Map<number | string, Tally>();
  const tallyOf = (key: number | string): Tally => {
    const found = tallies.get(key);
    if (found !== undefined) return found;
    const tally = { next: 0 };
    tallies.set(key, tally);
    return tally;
  };
  let tag = -1;
  let field: WireField | undefined;
  let tally: Tally = { next: 0 };
  for (let at = 0; at < level.count; at++) {
    // A level of millions is mostly one field: what is known of a tag is looked up where the tag changes.
    if (level.tags[at] !== tag) {
      tag = level.tags[at] as number;
      field = fieldOf(level, tag);
      tally = tallyOf(field === undefined ? -1 - (tag >>> 3) : field.number);
    }
    if (field?.shape === "map") tally = tallyOf(`${field.number}:${entryKey(index, index.record(level, at) as WireRecord)}`);
    ordinals[at] = tally.next;
    const isRun = field?.isPackable === true && (tag & 7) === wireTypes.len;
    tally.next += isRun ? elementCount(index, index.record(level, at) as WireRecord, field as WireField) : 1;
  }
  counted.set(level, ordinals);
  return ordinals;
}

function elementCount(index: Pick<WireIndex, "bytes" | "choice">, run: WireRecord, field: WireField): number {
  const chosen = index.choice(run);
  const type = (chosen === undefined ? undefined : packedTypeOf(chosen)) ?? field.type;
  return countPacked(index.bytes, run.valueStart, run.end, { type });
}

/** The declared field of a tag. The parts of a map entry are told by number, whether they have the declared wire type or not. */
function fieldOf(level: WireLevel, tag: number): WireField | undefined {
  if (level.table?.isMapEntry === true) return undefined;
  const field = level.table?.byNumber(tag >>> 3);
  return field !== undefined && isReadable(field, tag & 7) ? field : undefined;
}
