import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { checkDurationSigns, checkPacked, checkTypeUrl, checkVarint } from "./check-values.ts";
import type { DiagnosticCode, Finding, Severity } from "./diagnostic.ts";
import { report, type Sink } from "./finding-sink.ts";
import { kinds, messageTable, type MessageTable } from "./message-table.ts";
import { heldType } from "./message-set.ts";
import { missingRequired } from "./missing-required.ts";
import { defaultMaxDepth, readLength } from "./scan-level.ts";
import { invalidUtf8At } from "./utf8.ts";
import { varintEnd } from "./varint.ts";

/** How {@link validate} reads. */
export interface ValidateOptions {
  /** Knows extensions. */
  readonly registry?: Registry;
  /** Deepest nesting that is read; deeper is an error. Default 100. */
  readonly maxDepth?: number;
  /** Findings kept; all are counted. Default 1,000. */
  readonly maxFindings?: number;
  /** Where the message begins in what is shown: added to offsets that findings name in words, not to their `offset`. Default 0. */
  readonly origin?: number;
}

/** What one pass over a message finds. */
export interface Validation {
  /** The verdict of protobuf's own readers: no error, at any depth that the schema knows. */
  readonly isValid: boolean;
  /** Records seen, nested ones included. */
  readonly recordCount: number;
  /** The first `maxFindings` in the order they were found: that of their offsets, but for what the end of a message tells of all of it. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  /** All findings by severity. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** Deepest message or group, the outermost being 0. */
  readonly depth: number;
}

const defaultMaxFindings = 1000;

/** Records looked at to find what merged messages lack. */
const maxMergedRecords = 4_000_000;

export { isReadable } from "./message-table.ts";

const noKinds = new Uint8Array();

const { unknown, bool, text, message, group: groupKind, looseText, typeUrl, held, typeId, packable } = kinds;
const plain = packable - 1;

const firstReservedTag = 19_000 * 8;
const lastReservedTag = 19_999 * 8 + 7;

/** Wire type by plain kind; 2 for everything length-delimited. */
const wireTypeOfKind = Uint8Array.from([255, 0, 0, 0, 1, 5, 2, 2, 2, 3, 0, 2, 2, 2, 0, 0, 0, 0, 0]);

/** A walk over a message that can be made in slices, to show how far it is and to stop on the way. */
export interface Walk {
  /** Bytes walked so far. */
  readonly position: number;
  readonly isDone: boolean;
  /** Walks on for about `maxBytes`: to the end of the record that reaches them. */
  run(maxBytes: number): void;
  /** What has been found so far; the verdict is final when the walk is done. */
  result(): Validation;
}

/**
 * One pass over a whole message, nested messages included, that keeps nothing but findings: several hundred megabytes a second. Iterative,
 * never throws. After a fault it goes on where the length of an enclosing message says the next record is.
 */
export function validate(bytes: Uint8Array, desc?: DescMessage, options: ValidateOptions = {}): Validation {
  return validateTable(bytes, desc === undefined ? undefined : messageTable(desc, options.registry), options);
}

/** {@link validate} with a table that is at hand. */
export function validateTable(bytes: Uint8Array, root: MessageTable | undefined, options: ValidateOptions = {}): Validation {
  const state = stateOf(bytes, root, options);
  walkOn(state, Number.POSITIVE_INFINITY);
  return resultOf(state);
}

/** {@link validate} in slices: each `run` is short, so that a worker can report progress and stop in between. */
export function createWalk(bytes: Uint8Array, desc?: DescMessage, options: ValidateOptions = {}): Walk {
  const state = stateOf(bytes, desc === undefined ? undefined : messageTable(desc, options.registry), options);
  return {
    get position() {
      return state.pos;
    },
    get isDone() {
      return state.isDone;
    },
    run(maxBytes) {
      if (!state.isDone) walkOn(state, state.pos + maxBytes);
    },
    result: () => resultOf(state),
  };
}

/** Where a walk stands between two slices: the open messages, and the one it is in. */
interface WalkState {
  readonly sink: Sink;
  readonly maxDepth: number;
  readonly ends: Float64Array;
  readonly groups: Uint32Array;
  readonly seens: Uint32Array;
  readonly starts: Float64Array;
  readonly tables: (MessageTable | undefined)[];
  recordCount: number;
  deepest: number;
  isDone: boolean;
  depth: number;
  pos: number;
  end: number;
  group: number;
  levelStart: number;
  seen: number;
  table: MessageTable | undefined;
}

function stateOf(bytes: Uint8Array, root: MessageTable | undefined, options: ValidateOptions): WalkState {
  const { maxDepth = defaultMaxDepth, maxFindings = defaultMaxFindings, origin = 0 } = options;
  return {
    sink: {
      bytes,
      origin,
      registry: options.registry,
      maxFindings,
      findings: [],
      counts: { error: 0, warning: 0, note: 0 },
      budget: { records: maxMergedRecords },
    },
    maxDepth,
    ends: new Float64Array(maxDepth + 1),
    groups: new Uint32Array(maxDepth + 1),
    seens: new Uint32Array(maxDepth + 1),
    starts: new Float64Array(maxDepth + 1),
    tables: [],
    recordCount: 0,
    deepest: 0,
    isDone: false,
    depth: 0,
    pos: 0,
    end: bytes.length,
    group: 0,
    levelStart: 0,
    seen: 0,
    table: root,
  };
}

function resultOf({ sink, recordCount, deepest }: WalkState): Validation {
  const { findings, counts } = sink;
  const findingCount = counts.error + counts.warning + counts.note;
  return { isValid: counts.error === 0, recordCount, findings, findingCount, counts: { ...counts }, depth: deepest };
}

function walkOn(state: WalkState, until: number): void {
  const { sink, maxDepth, ends, groups, seens, starts, tables } = state;
  const { bytes } = sink;
  // No closure captures these, and the state is written back once a slice: that keeps them in registers, which is worth a third of the speed.
  let { recordCount, deepest, depth, pos, end, levelStart } = state;
  let group = state.group; // number of the open group, 0 in a length-delimited message
  let seen = state.seen; // bit i: the i-th required field was there, for the first 31
  let table = state.table;
  let small = table === undefined ? noKinds : table.smallKinds;
  let failed: DiagnosticCode | undefined; // a fault without a way to go on inside this message
  let failedAt = 0;

  for (;;) {
    if (failed !== undefined) {
      // Leave the open groups and stand at the end of the message, whose length says what follows.
      report(sink, failed, failedAt < end ? failedAt : end - 1, end, undefined);
      failed = undefined;
      while (group !== 0) {
        depth--;
        end = ends[depth] as number;
        group = groups[depth] as number;
        seen = seens[depth] as number;
        levelStart = starts[depth] as number;
        table = tables[depth];
      }
      pos = end;
    }
    if (pos >= end) {
      if (group !== 0) report(sink, "group-unclosed", levelStart, end, undefined);
      else if (table !== undefined && table.isCheckedAtEnd) checkEnd(state, table, { seen, depth, levelStart, end, contentEnd: end });
      if (depth === 0) {
        state.isDone = true;
        break;
      }
      depth--;
      end = ends[depth] as number;
      group = groups[depth] as number;
      seen = seens[depth] as number;
      levelStart = starts[depth] as number;
      table = tables[depth];
      small = table === undefined ? noKinds : table.smallKinds;
      continue;
    }
    if (pos >= until) break;
    const recordStart = pos;
    recordCount++;
    let tag = bytes[pos++] as number;
    if (tag >= 0x80) {
      const stop = recordStart + 5 < end ? recordStart + 5 : end;
      tag &= 0x7f;
      let scale = 128;
      let byte = 0x80;
      while (pos < stop) {
        byte = bytes[pos++] as number;
        tag += (byte & 0x7f) * scale;
        scale *= 128;
        if (byte < 0x80) break;
      }
      if (byte >= 0x80 || tag > 0xffff_ffff) {
        failed = byte >= 0x80 && pos === end && end < recordStart + 5 ? "tag-truncated" : "tag-too-long";
        failedAt = recordStart;
        continue;
      }
      if (byte === 0) report(sink, "tag-overlong", recordStart, pos, undefined);
      if (tag >= firstReservedTag && tag <= lastReservedTag && (tag & 7) !== 4)
        report(sink, "reserved-number", recordStart, pos, undefined);
    }
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (number === 0) report(sink, "field-zero", recordStart, end, undefined);
    let kind = unknown as number;
    if (table !== undefined) {
      kind = number < small.length ? (small[number] as number) : table.kindOf(number);
      if (kind === unknown) {
        if (wireType !== 4 && table.isReserved(number)) report(sink, "reserved-by-schema", recordStart, end, undefined);
      } else if (wireTypeOfKind[kind & plain] !== wireType && !(wireType === 2 && (kind & packable) !== 0)) {
        if (wireType !== 4) report(sink, "wire-type-mismatch", recordStart, end, table.byNumber(number));
        kind = unknown;
      } else if (table.required.length > 0) {
        const bit = table.required.indexOf(number);
        if (bit >= 0 && bit < 31) seen |= 1 << bit;
      }
    }
    switch (wireType) {
      case 0: {
        const first = pos < end ? (bytes[pos] as number) : 0x80;
        if (first < 0x80) {
          pos++;
          if ((kind & plain) === bool && first > 1) report(sink, "bool-not-0-or-1", pos - 1, pos, undefined);
          else if (kind === typeId && first === 0) report(sink, "type-id-zero", pos - 1, pos, undefined);
          break;
        }
        const after = varintEnd(bytes, pos, end);
        if (after < 0) {
          failed = after === -1 ? "varint-truncated" : "varint-too-long";
          failedAt = pos;
          break;
        }
        checkVarint(sink, pos, after, kind & plain);
        pos = after;
        break;
      }
      case 1:
        failedAt = pos;
        if (end - pos < 8) failed = "fixed-truncated";
        else pos += 8;
        break;
      case 5:
        failedAt = pos;
        if (end - pos < 4) failed = "fixed-truncated";
        else pos += 4;
        break;
      case 2: {
        let length = pos < end ? (bytes[pos] as number) : 0x80;
        let after = pos + 1;
        if (length >= 0x80) {
          after = varintEnd(bytes, pos, end);
          if (after < 0) {
            failed = after === -1 ? "length-truncated" : "varint-too-long";
            failedAt = pos;
            break;
          }
          length = readLength(bytes, pos, after);
          if (bytes[after - 1] === 0) report(sink, "length-overlong", pos, after, undefined);
        }
        if (length > end - after) {
          failed = length > 0x7fff_ffff ? "length-too-large" : "length-past-end";
          failedAt = pos;
          break;
        }
        pos = after;
        const valueEnd = after + length;
        const content = kind === held ? heldType(bytes, table, { levelStart, recordStart, end }) : undefined;
        if (kind === message || content !== undefined) {
          if (depth >= maxDepth) report(sink, "too-deep", recordStart, end, undefined);
          else {
            ends[depth] = end;
            groups[depth] = group;
            seens[depth] = seen;
            starts[depth] = levelStart;
            tables[depth] = table;
            depth++;
            if (depth > deepest) deepest = depth;
            end = valueEnd;
            group = 0;
            seen = 0;
            levelStart = recordStart;
            table = content ?? (table as MessageTable).childOf(number);
            small = table === undefined ? noKinds : table.smallKinds;
            break;
          }
        } else if (kind === text || kind === looseText || kind === typeUrl) {
          const bad = invalidUtf8At(bytes, pos, valueEnd);
          if (bad >= 0) report(sink, kind === looseText ? "utf8-unchecked" : "utf8-invalid", bad, valueEnd, undefined);
          else if (kind === typeUrl) checkTypeUrl(sink, pos, valueEnd);
        } else if ((kind & packable) !== 0) checkPacked(sink, pos, valueEnd, kind & plain);
        pos = valueEnd;
        break;
      }
      case 3:
        if (depth >= maxDepth) {
          failed = "too-deep";
          failedAt = recordStart;
          break;
        }
        ends[depth] = end;
        groups[depth] = group;
        seens[depth] = seen;
        starts[depth] = levelStart;
        tables[depth] = table;
        depth++;
        if (depth > deepest) deepest = depth;
        group = number;
        seen = 0;
        levelStart = recordStart;
        table = kind === groupKind ? table?.childOf(number) : undefined;
        small = table === undefined ? noKinds : table.smallKinds;
        break;
      case 4:
        if (group === 0 || number !== group) {
          report(sink, "group-end-unmatched", recordStart, end, undefined);
          break;
        }
        if (table !== undefined && table.isCheckedAtEnd) checkEnd(state, table, { seen, depth, levelStart, end, contentEnd: recordStart });
        depth--;
        end = ends[depth] as number;
        group = groups[depth] as number;
        seen = seens[depth] as number;
        levelStart = starts[depth] as number;
        table = tables[depth];
        small = table === undefined ? noKinds : table.smallKinds;
        break;
      default:
        failed = "wire-type-invalid";
        failedAt = recordStart;
    }
  }
  state.recordCount = recordCount;
  state.deepest = deepest;
  state.depth = depth;
  state.pos = pos;
  state.end = end;
  state.group = group;
  state.levelStart = levelStart;
  state.seen = seen;
  state.table = table;
}

/** The end of a message: what can only be said when all of it is known. `end` is that of what is around an open group. */
interface MessageEnd {
  readonly seen: number;
  readonly depth: number;
  readonly levelStart: number;
  readonly end: number;
  readonly contentEnd: number;
}

function checkEnd(state: WalkState, table: MessageTable, at: MessageEnd): void {
  const { sink } = state;
  if (table.required.length === 0) {
    checkDurationSigns(sink, { recordStart: at.depth === 0 ? -1 : at.levelStart, end: at.contentEnd, table });
    return;
  }
  if (!table.isRequiredIntricate && at.seen === 2 ** table.required.length - 1) return;
  const { starts, ends, tables } = state;
  const chain = Array.from({ length: at.depth }, (_, depth) => ({
    recordStart: depth === 0 ? -1 : (starts[depth] as number),
    end: ends[depth] as number,
    table: tables[depth],
  }));
  chain.push({ recordStart: at.depth === 0 ? -1 : at.levelStart, end: at.end, table });
  for (const field of missingRequired(sink.bytes, chain, sink.budget)) {
    report(sink, "required-missing", at.levelStart, at.end, field, { field: field.name, isOutermost: at.depth === 0 });
  }
}
