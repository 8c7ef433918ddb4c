import { entryKey } from "./entry-key.ts";
import type { WireField } from "./message-table.ts";
import { isReadable } from "./validate.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";

/** What the records of a level know of each other: who is the last, and of how many. Positions in the level. */
export interface LevelFacts {
  /** By field number. */
  readonly lastOfField: ReadonlyMap<number, number>;
  readonly countOfField: ReadonlyMap<number, number>;
  /** By name of the oneof. */
  readonly lastOfOneof: ReadonlyMap<string, number>;
  /** By position of a map entry: the last entry with its key. Undefined where there are no map entries. */
  readonly lastWithKey: Uint32Array | undefined;
}

const gathered = new WeakMap<WireLevel, LevelFacts>();

/** The facts of a level with a schema; gathered once, when first needed. */
export function levelFacts(index: Pick<WireIndex, "bytes" | "record" | "children">, level: WireLevel): LevelFacts {
  const known = level.prepared?.facts ?? gathered.get(level);
  if (known !== undefined) return known;
  const lastOfField = new Map<number, number>();
  const countOfField = new Map<number, number>();
  const lastOfOneof = new Map<string, number>();
  const entries: number[] = [];
  let field: WireField | undefined;
  let from = 0;
  const { tags, count } = level;
  for (let at = 0; at < count; at = from) {
    // A run of records with one tag: levels of millions are mostly one field.
    const tag = tags[at] as number;
    for (from = at + 1; from < count && tags[from] === tag; from++);
    const declared = level.table?.byNumber(tag >>> 3);
    field = declared !== undefined && isReadable(declared, tag & 7) ? declared : undefined;
    if (field === undefined) continue;
    lastOfField.set(field.number, from - 1);
    countOfField.set(field.number, (countOfField.get(field.number) ?? 0) + from - at);
    if (field.oneof !== undefined) lastOfOneof.set(field.oneof.name, from - 1);
    if (field.shape === "map") for (let entry = at; entry < from; entry++) entries.push(entry);
  }
  const facts = { lastOfField, countOfField, lastOfOneof, lastWithKey: lastWithKey(index, level, entries) };
  gathered.set(level, facts);
  return facts;
}

/** Records of a level that no declared field reads; all of them without a message type. */
export function countUnknown(index: Pick<WireIndex, "bytes" | "record" | "children">, level: WireLevel): number {
  let known = 0;
  if (level.table !== undefined) for (const count of levelFacts(index, level).countOfField.values()) known += count;
  return level.count - known;
}

function lastWithKey(
  index: Pick<WireIndex, "bytes" | "record" | "children">,
  level: WireLevel,
  entries: readonly number[],
): Uint32Array | undefined {
  if (entries.length === 0) return undefined;
  const last = new Uint32Array(level.count);
  const seen = new Map<string, number>();
  for (const at of entries.toReversed()) {
    const record = index.record(level, at) as WireRecord;
    const key = `${record.number}:${entryKey(index, record)}`;
    const known = seen.get(key) ?? at;
    seen.set(key, known);
    last[at] = known;
  }
  return last;
}
