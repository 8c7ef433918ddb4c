import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { severityOf, type DiagnosticCode, type Finding } from "./diagnostic.ts";
import { explainFinding } from "./explain-finding.ts";
import { kinds, messageTable, wireTypeOf, type MessageTable, type WireField } from "./message-table.ts";
import { defaultMaxDepth, readLength } from "./scan-level.ts";
import { invalidUtf8At } from "./utf8.ts";
import { readVarint, varintEnd } from "./varint.ts";

/** How {@link validate} reads. */
export interface ValidateOptions {
  /** Knows extensions. */
  readonly registry?: Registry;
  /** Deepest nesting that is read; deeper is an error. Default 100. */
  readonly maxDepth?: number;
  /** Findings kept; all are counted. Default 1,000. */
  readonly maxFindings?: number;
}

/** What one pass over a message finds. */
export interface Validation {
  /** The verdict of protobuf's own readers: no error, at any depth that the schema knows. */
  readonly isValid: boolean;
  /** Records seen, nested ones included. */
  readonly recordCount: number;
  /** In order of offset, the first `maxFindings`. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  /** Deepest message or group, the outermost being 0. */
  readonly depth: number;
}

const defaultMaxFindings = 1000;

const noKinds = new Uint8Array();

const { unknown, varint32, bool, text, message, group: groupKind, packable } = kinds;
const plain = packable - 1;

/** Wire type by plain kind; 2 for everything length-delimited. */
const wireTypeOfKind = Uint8Array.from([255, 0, 0, 0, 1, 5, 2, 2, 2, 3]);

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
  const { maxDepth = defaultMaxDepth, maxFindings = defaultMaxFindings } = options;
  return {
    sink: { bytes, maxFindings, findings: [], findingCount: 0, isValid: true },
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
  const { isValid, findings, findingCount } = sink;
  return { isValid, recordCount, findings, findingCount, depth: deepest };
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
      else if (table !== undefined && table.required.length > 0) reportMissing(sink, table, seen, levelStart, end);
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
    }
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (number === 0) report(sink, "field-zero", recordStart, end, undefined);
    let kind = unknown as number;
    if (table !== undefined) {
      kind = number < small.length ? (small[number] as number) : table.kindOf(number);
      if (kind === unknown) {
        if (number >= 19_000 && number <= 19_999) report(sink, "reserved-number", recordStart, end, undefined);
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
        if (kind === message) {
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
            table = (table as MessageTable).childOf(number);
            small = table === undefined ? noKinds : table.smallKinds;
            break;
          }
        } else if (kind === text) {
          const bad = invalidUtf8At(bytes, pos, valueEnd);
          if (bad >= 0) report(sink, "utf8-invalid", bad, valueEnd, undefined);
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
        if (table !== undefined && table.required.length > 0) reportMissing(sink, table, seen, levelStart, end);
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

/** Where findings go. */
interface Sink {
  readonly bytes: Uint8Array;
  readonly maxFindings: number;
  readonly findings: Finding[];
  findingCount: number;
  isValid: boolean;
}

function report(sink: Sink, code: DiagnosticCode, offset: number, limit: number, field: WireField | undefined): void {
  sink.findingCount++;
  const severity = severityOf(code);
  if (severity === "error") sink.isValid = false;
  if (sink.findings.length >= sink.maxFindings) return;
  sink.findings.push({ code, severity, offset, ...explainFinding(sink.bytes, code, offset, limit, field) });
}

function reportMissing(sink: Sink, table: MessageTable, seen: number, start: number, end: number): void {
  for (let bit = 0; bit < table.required.length && bit < 31; bit++) {
    if ((seen & (1 << bit)) === 0) report(sink, "required-missing", start, end, table.byNumber(table.required[bit] as number));
  }
}

function checkVarint(sink: Sink, at: number, after: number, kind: number): void {
  const { bytes } = sink;
  const last = bytes[after - 1] as number;
  const length = after - at;
  if (last === 0) report(sink, "varint-overlong", at, after, undefined);
  if (length === 10 && last > 1) report(sink, "varint-bits-dropped", after - 1, after, undefined);
  if (kind === bool) {
    if (readVarint(bytes, at, after) > 1n) report(sink, "bool-not-0-or-1", at, after, undefined);
  } else if (kind === varint32 && (length > 5 || (length === 5 && last > 0x0f))) {
    const value = BigInt.asIntN(64, readVarint(bytes, at, after));
    if (value > 0xffff_ffffn || value < -0x8000_0000n) report(sink, "value-truncated", at, after, undefined);
  }
}

function checkPacked(sink: Sink, at: number, stop: number, kind: number): void {
  const { bytes } = sink;
  const size = kind === kinds.i64 ? 8 : kind === kinds.i32 ? 4 : 0;
  if (size !== 0) {
    const rest = (stop - at) % size;
    if (rest !== 0) report(sink, "packed-truncated", stop - rest, stop, undefined);
    return;
  }
  let next = at;
  while (next < stop) {
    const byte = bytes[next] as number;
    if (byte < 0x80) {
      next++;
      if (kind === bool && byte > 1) report(sink, "bool-not-0-or-1", next - 1, next, undefined);
      continue;
    }
    const after = varintEnd(bytes, next, stop);
    if (after < 0) {
      report(sink, after === -1 ? "packed-truncated" : "varint-too-long", next, stop, undefined);
      return;
    }
    checkVarint(sink, next, after, kind);
    next = after;
  }
}

/** True when `wireType` is how a field of this kind is written, or the packed form of a list. */
export function isReadable(field: { type: Parameters<typeof wireTypeOf>[0]; isPackable: boolean }, wireType: number): boolean {
  return wireTypeOf(field.type) === wireType || (wireType === 2 && field.isPackable);
}
