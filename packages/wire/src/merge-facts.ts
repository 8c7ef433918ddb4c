import type { DescOneof } from "@bufbuild/protobuf";
import type { WireField } from "./message-table.ts";
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

/** What a reader makes of the records of a message and of those that are merged with it. */
export interface MergeFacts {
  /** What is taken together with a record of a singular field; undefined when the record does not count. */
  occurrencesOf(record: WireRecord, field: WireField): Occurrences | undefined;
  /** Where the record begins that clears a member of a oneof; undefined when it stays. */
  clearedAt(record: WireRecord, field: WireField): number | undefined;
  listOf(field: WireField): ListFacts | undefined;
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
  readonly facts: MergeFacts;
}

const known = new WeakMap<WireLevel, Group>();

/** The facts of a level; gathered once. */
export function mergeFacts(index: WireIndex, level: WireLevel): MergeFacts {
  return groupOf(index, level).facts;
}

/** Depth is bounded by the index, which opens no more than its limit. */
function groupOf(index: WireIndex, level: WireLevel): Group {
  const cached = known.get(level);
  if (cached !== undefined) return cached;
  const levels = mergedLevels(index, level);
  const group = { levels, facts: gather(index, levels) };
  for (const one of levels) known.set(one, group);
  return group;
}

/** True unless a closed enum lacks the number: the record is an unknown field then. */
export function isKnownNumber(index: WireIndex, { valueStart, end, wireType }: WireRecord, field: WireField): boolean {
  if (field.enum?.open !== false || wireType === wireTypes.len) return true;
  const number = scalarText(index.bytes, valueStart, end, field);
  return field.enum.values.some((value) => String(value.number) === number);
}

/** The contents of all occurrences of the message that `level` belongs to, in order: a reader merges them. */
function mergedLevels(index: WireIndex, level: WireLevel): readonly WireLevel[] {
  const { parent } = level;
  if (parent?.field?.message === undefined || parent.field.shape !== "singular" || index.choice(parent) !== undefined) return [level];
  const { field } = parent;
  const levels: WireLevel[] = [];
  const { levels: arounds, facts } = groupOf(index, parent.level);
  for (const around of arounds) {
    for (let at = 0; at < around.count && levels.length < maxMerged; at++) {
      if ((around.tags[at] as number) >>> 3 !== field.number) continue;
      const record = index.record(around, at);
      if (record?.field === undefined || facts.clearedAt(record, field) !== facts.clearedAt(parent, field)) continue;
      const inside = record.start === parent.start ? level : index.children(record);
      if (inside !== undefined) levels.push(inside);
    }
  }
  return levels.includes(level) ? levels : [level];
}

function gather(index: WireIndex, levels: readonly WireLevel[]): MergeFacts {
  const occurrences = new Map<string, Counted>();
  const changes = new Map<DescOneof, { number: number; start: number }[]>();
  const lists = new Map<number, List>();
  let position = 0;
  for (const level of levels) {
    for (let at = 0; at < level.count; at++, position++) {
      const field = level.table?.byNumber((level.tags[at] as number) >>> 3);
      const record = field === undefined ? undefined : index.record(level, at);
      if (field === undefined || record?.field === undefined || !isKnownNumber(index, record, field)) continue;
      if (field.shape === "singular") count(record, field);
      else if (field.isPackable) countList(record, position);
    }
  }
  return {
    occurrencesOf: (record, field) => occurrences.get(keyOf(record.start, field)),
    clearedAt: (record, field) => (field.oneof === undefined ? undefined : nextOther(record.start, field)),
    listOf: (field) => lists.get(field.number),
  };

  function count({ start, end }: WireRecord, field: WireField): void {
    if (field.oneof !== undefined) {
      const order = changes.get(field.oneof) ?? [];
      if (order.at(-1)?.number !== field.number) order.push({ number: field.number, start });
      changes.set(field.oneof, order);
    }
    const key = keyOf(start, field);
    const counted = occurrences.get(key) ?? { ranges: [], count: 0, last: start };
    if (counted.ranges.length < maxMerged) counted.ranges.push({ start, end });
    counted.count++;
    counted.last = start;
    occurrences.set(key, counted);
  }

  function countList(record: WireRecord, at: number): void {
    const list = lists.get(record.number) ?? { runs: 0, singles: 0, isInterleaved: false, lastPosition: at - 1 };
    if (record.wireType === wireTypes.len) list.runs++;
    else list.singles++;
    if (list.lastPosition !== at - 1) list.isInterleaved = true;
    list.lastPosition = at;
    lists.set(record.number, list);
  }

  /** A member of a oneof that comes again after another starts anew. */
  function keyOf(start: number, field: WireField): string {
    return field.oneof === undefined ? String(field.number) : `${field.number}:${turnAt(start, field.oneof)}`;
  }

  /** Which turn of its oneof a record at `start` belongs to: the last that has begun. */
  function turnAt(start: number, oneof: DescOneof): number {
    const order = changes.get(oneof) ?? [];
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((order[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function nextOther(start: number, field: WireField): number | undefined {
    return field.oneof === undefined ? undefined : changes.get(field.oneof)?.[turnAt(start, field.oneof) + 1]?.start;
  }
}
