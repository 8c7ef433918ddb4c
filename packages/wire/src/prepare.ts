import type { LenGuess } from "./guess.ts";
import { levelFacts, type LevelFacts } from "./level-facts.ts";
import type { FieldType } from "./message-table.ts";
import { ordinalsOf } from "./ordinals.ts";
import type { RecordArrays } from "./scan-level.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";

/** {@link PreparedLevel.recordStart} of the whole input. */
export const rootRecordStart = -1;

/** One level with all that takes a pass over it. */
export interface PreparedLevel {
  /** First byte of the record whose content it is; {@link rootRecordStart} for the whole input. */
  readonly recordStart: number;
  readonly kind: WireLevel["kind"];
  /** The message type it was read as; undefined without one. It counts for this type only. */
  readonly typeName: string | undefined;
  /** What the elements of a packed run were read as; undefined for a message. It counts for this type only. */
  readonly elementType: FieldType | undefined;
  readonly records: RecordArrays;
  /** Of a message only. */
  readonly ordinals: Uint32Array | undefined;
  /** Undefined without a message type. */
  readonly facts: LevelFacts | undefined;
}

/**
 * What takes a pass over a large message, made where it keeps nobody waiting (in a worker) and given to `parse`. Plain data: it survives
 * a structured clone.
 */
export interface Prepared {
  readonly levels: readonly PreparedLevel[];
  /** How unknown length-delimited values are read, by the start of their record. */
  readonly guesses: ReadonlyMap<number, LenGuess>;
}

/**
 * Prepares the top level and the content of every record, at any depth, of at least `fromBytes`. `index` must have no chosen readings: they
 * change, and what depends on them is not worth handing over.
 */
export function prepare(index: WireIndex, fromBytes: number): Prepared {
  const levels: PreparedLevel[] = [];
  const guesses = new Map<number, LenGuess>();
  const waiting: WireLevel[] = [index.root];
  for (let level = waiting.pop(); level !== undefined; level = waiting.pop()) {
    levels.push(prepareLevel(index, level));
    if (level.kind !== "message") continue;
    for (let at = 0; at < level.count; at++) {
      if ((level.ends[at] as number) - (level.starts[at] as number) < fromBytes) continue;
      const record = index.record(level, at) as WireRecord;
      const guess = index.guess(record);
      if (guess !== undefined) guesses.set(record.start, guess);
      const inside = index.children(record);
      if (inside !== undefined) waiting.push(inside);
    }
  }
  return { levels, guesses };
}

/** The buffers of what was prepared, to hand over instead of copying. */
export function buffersOf({ levels }: Prepared): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { records, ordinals, facts } of levels) {
    for (const array of [records.tags, records.starts, records.valueStarts, records.ends, records.flags, ordinals, facts?.lastWithKey]) {
      if (array !== undefined && array.buffer instanceof ArrayBuffer) buffers.add(array.buffer);
    }
  }
  return [...buffers];
}

function prepareLevel(index: WireIndex, level: WireLevel): PreparedLevel {
  const { start, end, count, tags, starts, valueStarts, ends, flags, fault, kind, table, element } = level;
  return {
    recordStart: level.parent?.start ?? rootRecordStart,
    kind,
    typeName: table?.typeName,
    elementType: element?.type,
    records: { start, end, count, tags, starts, valueStarts, ends, flags, fault },
    ordinals: kind !== "message" ? undefined : ordinalsOf(index, level),
    facts: table === undefined ? undefined : levelFacts(index, level),
  };
}
