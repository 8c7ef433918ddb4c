import { entryKey } from "./entry-key.ts";
import { isReadable, type WireField } from "./message-table.ts";
import { entryValue } from "./paths.ts";
import { positionOf } from "./scan-level.ts";
import { scalarText } from "./scalar-text.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** Occurrences of a message that are followed when merged messages are looked at. */
const maxMerged = 1000;

/** Occurrences of a singular field that a reader takes together. */
export interface Occurrences {
  /** Where the first ones begin and end, at most {@link maxMerged}. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  readonly count: number;
  /** Where the last one begins. */
  readonly last: number;
}

/** How the records of a list that may be packed are sent. */
export interface ListFacts {
  readonly runs: number;
  readonly singles: number;
  /** Records of other fields are in between. */
  readonly isInterleaved: boolean;
}

/** What a reader makes of the records of a message and of those that are merged with it. Plain data: it survives a structured clone. */
export interface MergedFacts {
  /** By field number; for a member of a oneof with the turn it has: a member that comes again after another starts anew. */
  readonly occurrences: ReadonlyMap<string, Occurrences>;
  /** By name of the oneof: its members in the order they took turns, and where each turn begins. */
  readonly turns: ReadonlyMap<string, readonly Turn[]>;
  /** By field number, of lists that may be packed. */
  readonly lists: ReadonlyMap<number, ListFacts>;
}

/** One member of a oneof, until another takes over. */
export interface Turn {
  readonly number: number;
  readonly start: number;
}

/** What the records of a level know of each other. Plain data, too. */
export interface LevelFacts {
  /** The same for all levels that are merged with each other. */
  readonly merged: MergedFacts;
  /** By position of a map entry: the last entry with its key. Undefined where there are no map entries. */
  readonly lastWithKey: Uint32Array | undefined;
  /** Records that no declared field reads. */
  readonly unknownCount: number;
}

interface Counted {
  ranges: { start: number; end: number }[];
  count: number;
  last: number;
}

interface List {
  runs: number;
  singles: number;
  isInterleaved: boolean;
  lastPosition: number;
}

interface Group {
  readonly levels: readonly WireLevel[];
  readonly merged: MergedFacts;
}

const groups = new WeakMap<WireLevel, Group>();
const gathered = new WeakMap<WireLevel, LevelFacts>();

/** The facts of a level with a schema; gathered once, when first needed. */
export function levelFacts(index: WireIndex, level: WireLevel): LevelFacts {
  const known = level.prepared?.facts ?? gathered.get(level);
  if (known !== undefined) return known;
  const entries: number[] = [];
  let unknownCount = 0;
  forEachRun(level, (field, from, to) => {
    if (field === undefined) unknownCount += to - from;
    else if (field.shape === "map") for (let entry = from; entry < to; entry++) entries.push(entry);
  });
  const facts = { merged: groupOf(index, level).merged, lastWithKey: lastWithKey(index, level, entries), unknownCount };
  gathered.set(level, facts);
  return facts;
}

/** What is taken together with a record of a singular field; undefined when the record does not count. */
export function occurrencesOf({ occurrences, turns }: MergedFacts, { start }: WireRecord, field: WireField): Occurrences | undefined {
  return occurrences.get(keyOf(turns, start, field));
}

/** Where the record begins that clears a member of a oneof; undefined when it stays. */
export function clearedAt({ turns }: MergedFacts, { start }: WireRecord, { oneof }: WireField): number | undefined {
  const order = oneof === undefined ? undefined : turns.get(oneof.name);
  return order?.[turnAt(order, start) + 1]?.start;
}

/** Records of a level that no declared field reads; all of them without a message type. */
export function countUnknown(index: WireIndex, level: WireLevel): number {
  return level.table === undefined ? level.count : levelFacts(index, level).unknownCount;
}

/** True unless a closed enum lacks the number: the record is an unknown field then. */
export function isKnownNumber(index: Pick<WireIndex, "bytes">, record: NumberRecord, field: WireField): boolean {
  const { valueStart, end, wireType } = record;
  if (field.enum?.open !== false || wireType === wireTypes.len) return true;
  const number = scalarText(index.bytes, valueStart, end, field);
  return field.enum.values.some((value) => String(value.number) === number);
}

type NumberRecord = Pick<WireRecord, "valueStart" | "end" | "wireType">;

/** The value of a map entry, where its closed enum lacks the number. */
export function unknownValue(index: WireIndex, entry: WireRecord): { value: WireRecord; field: WireField } | undefined {
  if (entry.field?.message?.().byNumber(2)?.enum?.open !== false) return undefined;
  const inside = index.children(entry);
  const value = inside?.kind === "message" ? entryValue(index, inside) : undefined;
  return value?.field === undefined || value.isMalformed || isKnownNumber(index, value, value.field)
    ? undefined
    : { value, field: value.field };
}

/** Depth is bounded by the index, which opens no more than its limit. */
function groupOf(index: WireIndex, level: WireLevel): Group {
  const cached = groups.get(level);
  if (cached !== undefined) return cached;
  const levels = mergedLevels(index, level);
  // What was prepared of one of them holds for all.
  const prepared = levels.find((one) => one.prepared?.facts !== undefined)?.prepared?.facts?.merged;
  const group = { levels, merged: prepared ?? gather(index, levels) };
  for (const one of levels) groups.set(one, group);
  return group;
}

/** The contents of all occurrences of the message that `level` belongs to, in order: a reader merges them. */
function mergedLevels(index: WireIndex, level: WireLevel): readonly WireLevel[] {
  const { parent } = level;
  if (parent?.field?.message === undefined || parent.field.shape !== "singular" || index.choice(parent) !== undefined) return [level];
  const { levels: arounds, merged } = groupOf(index, parent.level);
  const levels: WireLevel[] = [];
  let around = 0;
  for (const { start } of occurrencesOf(merged, parent, parent.field)?.ranges ?? []) {
    while (around < arounds.length - 1 && start >= (arounds[around] as WireLevel).end) around++;
    const holder = arounds[around] as WireLevel;
    const record = start === parent.start ? undefined : index.record(holder, positionOf(holder, start));
    const inside = record === undefined ? level : index.children(record);
    if (inside !== undefined) levels.push(inside);
  }
  return levels.includes(level) ? levels : [level];
}

function gather(index: WireIndex, levels: readonly WireLevel[]): MergedFacts {
  const occurrences = new Map<string, Counted>();
  const turns = new Map<string, Turn[]>();
  const lists = new Map<number, List>();
  let before = 0;
  for (const level of levels) {
    forEachRun(level, (field, from, to) => {
      if (field?.shape === "singular") countSingular(level, field, { from, to });
      else if (field?.isPackable === true) countList(level, field, { from, to });
    });
    before += level.count;
  }
  return { occurrences, turns, lists };

  function countSingular(level: WireLevel, field: WireField, { from, to }: Run): void {
    let counted: Counted | undefined;
    for (let at = from; at < to; at++) {
      if (!counts(level, at, field)) continue;
      const start = level.starts[at] as number;
      counted ??= countedAt(start, field);
      if (counted.ranges.length < maxMerged) counted.ranges.push({ start, end: level.ends[at] as number });
      counted.count++;
      counted.last = start;
    }
  }

  function countedAt(start: number, field: WireField): Counted {
    if (field.oneof !== undefined) {
      const order = turns.get(field.oneof.name) ?? [];
      if (order.at(-1)?.number !== field.number) order.push({ number: field.number, start });
      turns.set(field.oneof.name, order);
    }
    const key = keyOf(turns, start, field);
    const counted = occurrences.get(key) ?? { ranges: [], count: 0, last: start };
    occurrences.set(key, counted);
    return counted;
  }

  function countList(level: WireLevel, field: WireField, { from, to }: Run): void {
    const isRun = ((level.tags[from] as number) & 7) === wireTypes.len;
    for (let at = from; at < to; at++) {
      if (!counts(level, at, field)) continue;
      const position = before + at;
      const list = lists.get(field.number) ?? { runs: 0, singles: 0, isInterleaved: false, lastPosition: position - 1 };
      if (isRun) list.runs++;
      else list.singles++;
      if (list.lastPosition !== position - 1) list.isInterleaved = true;
      list.lastPosition = position;
      lists.set(field.number, list);
    }
  }

  function counts(level: WireLevel, at: number, field: WireField): boolean {
    if (field.enum?.open !== false) return true;
    const record = index.record(level, at);
    return record !== undefined && isKnownNumber(index, record, field);
  }
}

/** Positions of records with one tag. */
interface Run {
  readonly from: number;
  readonly to: number;
}

/** Goes over the runs of records with one tag, with the field that reads them: levels of millions are mostly one field. */
function forEachRun({ tags, count, table }: WireLevel, visit: (field: WireField | undefined, from: number, to: number) => void): void {
  for (let from = 0, to = 0; from < count; from = to) {
    const tag = tags[from] as number;
    for (to = from + 1; to < count && tags[to] === tag; to++);
    const declared = table?.byNumber(tag >>> 3);
    visit(declared !== undefined && isReadable(declared, tag & 7) ? declared : undefined, from, to);
  }
}

function keyOf(turns: ReadonlyMap<string, readonly Turn[]>, start: number, { number, oneof }: WireField): string {
  return oneof === undefined ? String(number) : `${number}:${turnAt(turns.get(oneof.name) ?? [], start)}`;
}

/** Which turn of its oneof a record at `start` belongs to: the last that has begun. */
function turnAt(order: readonly Turn[], start: number): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((order[middle]?.start ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Entries with a number that the closed enum lacks do not count. */
function lastWithKey(index: WireIndex, level: WireLevel, entries: readonly number[]): Uint32Array | undefined {
  if (entries.length === 0) return undefined;
  const last = new Uint32Array(level.count);
  const seen = new Map<string, number>();
  for (const at of entries.toReversed()) {
    const record = index.record(level, at) as WireRecord;
    last[at] = at;
    if (unknownValue(index, record) !== undefined) continue;
    const key = `${record.number}:${entryKey(index, record)}`;
    const known = seen.get(key) ?? at;
    seen.set(key, known);
    last[at] = known;
  }
  return last;
}
