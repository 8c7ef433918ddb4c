import type { DescMessage } from "@bufbuild/protobuf";
import type { Diagnostic } from "./diagnostic.ts";
import { guessLen, type LenGuess } from "./guess.ts";
import { locate } from "./locate.ts";
import { messageTable, type MessageTable, type WireField } from "./message-table.ts";
import { createPaths } from "./paths.ts";
import { rootRecordStart, type PreparedLevel } from "./prepare.ts";
import { scanPacked } from "./scan-packed.ts";
import { closeGroup, defaultMaxDepth, recordFlags, scanLevel } from "./scan-level.ts";
import { textFrom } from "./utf8.ts";
import { isReadable, validateTable, type Validation } from "./validate.ts";
import { varintEnd } from "./varint.ts";
import type { ParseOptions, WireIndex, WireLevel, WirePart, WireRecord } from "./wire-index.ts";
import { wireTypes, type WireType } from "./wire-type.ts";

/** Indexed levels kept beside the top one, in bytes of index; the ones opened longest ago go first. */
const maxCachedIndexBytes = 64 * 1024 * 1024;
const bytesPerRecord = 17;

/** Indexes `bytes`, as a message of type `desc` where one is given. Never throws. */
export function parse(bytes: Uint8Array, desc?: DescMessage, options: ParseOptions = {}): WireIndex {
  const { registry, maxDepth = defaultMaxDepth, readAs, prepared } = options;
  const preparedLevels = new Map(prepared?.levels.map((level) => [level.recordStart, level]));
  const rootTable = desc === undefined ? undefined : messageTable(desc, registry);
  const root = messageLevel({ parent: undefined, start: 0, end: bytes.length, table: rootTable, depth: 0 });
  const levels = new Map<number, WireLevel>();
  const guesses = new Map<number, LenGuess>();
  let cachedBytes = 0;
  let validation: Validation | undefined;
  let diagnostics: readonly Diagnostic[] | undefined;

  const index: WireIndex = {
    bytes,
    type: desc,
    root,
    record,
    children,
    guess,
    pathOf: (of) => paths.pathOf(of),
    find: (path) => paths.find(path),
    partAt,
    validation: () => (validation ??= validateTable(bytes, rootTable, { maxDepth, ...(registry !== undefined && { registry }) })),
    diagnostics: () => (diagnostics ??= locate(index, index.validation().findings)),
  };
  const paths = createPaths(index);
  return index;

  function record(level: WireLevel, at: number): WireRecord | undefined {
    if (at < 0 || at >= level.count) return undefined;
    const tag = level.tags[at] as number;
    const flags = level.flags[at] as number;
    const number = tag >>> 3;
    const wireType = (tag & 7) as WireType;
    return {
      level,
      at,
      number,
      wireType,
      start: level.starts[at] as number,
      valueStart: level.valueStarts[at] as number,
      end: level.ends[at] as number,
      isMalformed: (flags & recordFlags.malformed) !== 0,
      hasBadTag: (flags & recordFlags.badTag) !== 0,
      field: fieldOf(level, number, wireType),
    };
  }

  function fieldOf(level: WireLevel, number: number, wireType: WireType): WireField | undefined {
    if (level.kind === "packed") return level.parent?.field;
    const field = level.table?.byNumber(number);
    return field !== undefined && isReadable(field, wireType) ? field : undefined;
  }

  function guess(of: WireRecord): LenGuess | undefined {
    if (of.field !== undefined || of.wireType !== wireTypes.len || of.isMalformed || of.level.kind === "packed") return undefined;
    const known = guesses.get(of.start);
    if (known !== undefined) return known;
    const guessed = prepared?.guesses.get(of.start) ?? guessLen(bytes, of.valueStart, of.end);
    guesses.set(of.start, guessed);
    return guessed;
  }

  function children(of: WireRecord): WireLevel | undefined {
    if (of.level.kind === "packed" || of.level.depth >= maxDepth) return undefined;
    const cached = levels.get(of.start);
    if (cached !== undefined && cached.parent?.level === of.level) {
      levels.delete(of.start);
      levels.set(of.start, cached);
      return cached;
    }
    const level = open(of);
    if (level === undefined) return undefined;
    levels.set(of.start, level);
    cachedBytes += level.count * bytesPerRecord;
    for (const [start, oldest] of levels) {
      if (cachedBytes <= maxCachedIndexBytes || oldest === level) break;
      levels.delete(start);
      cachedBytes -= oldest.count * bytesPerRecord;
    }
    return level;
  }

  function open(of: WireRecord): WireLevel | undefined {
    const { field, wireType, valueStart, end, isMalformed } = of;
    const depth = of.level.depth + 1;
    const inner = (to: number, table: MessageTable | undefined): WireLevel =>
      messageLevel({ parent: of, start: valueStart, end: to, table, depth });
    if (wireType === wireTypes.startGroup) {
      const { tagAt } = isMalformed ? { tagAt: end } : closeGroup(bytes, valueStart, end, of.number, maxDepth);
      return inner(tagAt === -1 ? end : tagAt, field?.message?.());
    }
    // A malformed record still opens where its length was read: what there is of a cut message can be seen.
    if (wireType !== wireTypes.len || (isMalformed && (valueStart === of.level.fault?.offset || valueStart >= end))) return undefined;
    const chosen = readAs === undefined || readAs.size === 0 ? undefined : readAs.get(paths.pathOf(of));
    if (chosen !== undefined && chosen !== "message") return undefined;
    if (field?.message !== undefined) return inner(end, field.message());
    if (field?.isPackable === true) {
      const ready = readyLevel(of, "packed", end, undefined);
      const elements = ready?.records ?? scanPacked(bytes, valueStart, end, field);
      return elements === undefined ? undefined : { ...elements, kind: "packed", table: undefined, parent: of, depth, prepared: ready };
    }
    if (field !== undefined) {
      const content = anyContent(of);
      return content === undefined && chosen === undefined ? undefined : inner(end, content);
    }
    return chosen === "message" || guess(of)?.chosen === "message" ? inner(end, undefined) : undefined;
  }

  function messageLevel(of: Pick<WireLevel, "parent" | "start" | "end" | "table" | "depth">): WireLevel {
    const { parent, start, end, table, depth } = of;
    const ready = readyLevel(parent, "message", end, table);
    return {
      ...(ready?.records ?? scanLevel(bytes, start, end, maxDepth - depth)),
      kind: "message",
      table,
      parent,
      depth,
      prepared: ready,
    };
  }

  /** What was prepared of the content of a record, if it was read the same way. */
  function readyLevel(
    of: WireRecord | undefined,
    kind: WireLevel["kind"],
    end: number,
    table: MessageTable | undefined,
  ): PreparedLevel | undefined {
    const ready = preparedLevels.get(of?.start ?? rootRecordStart);
    return ready?.kind === kind && ready.records.end === end && ready.typeName === table?.typeName ? ready : undefined;
  }

  /** The type inside an Any, for its `value`. */
  function anyContent({ level, number }: WireRecord): MessageTable | undefined {
    if (level.table?.typeName !== "google.protobuf.Any" || number !== 2 || registry === undefined) return undefined;
    for (let at = level.count - 1; at >= 0; at--) {
      if ((level.tags[at] as number) !== ((1 << 3) | wireTypes.len)) continue;
      const url = textFrom(bytes, level.valueStarts[at] as number, level.ends[at] as number);
      const inner = registry.getMessage(url.slice(url.lastIndexOf("/") + 1));
      return inner === undefined ? undefined : messageTable(inner, registry);
    }
    return undefined;
  }

  function partAt(offset: number): WirePart | undefined {
    if (offset < 0 || offset >= bytes.length) return undefined;
    let level = root;
    for (;;) {
      const found = record(level, positionOf(level, offset));
      if (found === undefined) return undefined;
      const inside = children(found);
      if (inside !== undefined && offset >= inside.start && offset < inside.end) {
        level = inside;
        continue;
      }
      return partOf(found, offset, inside);
    }
  }

  function partOf(of: WireRecord, offset: number, inside: WireLevel | undefined): WirePart {
    const { start, valueStart, end, level, isMalformed } = of;
    const isContainer = inside !== undefined;
    const part = (role: WirePart["role"], from: number, to: number): WirePart => ({ role, start: from, end: to, record: of, isContainer });
    const fault = isMalformed ? level.fault?.offset : undefined;
    if (fault !== undefined) {
      if (offset === fault) return part("fault", fault, fault + 1);
      if (offset > fault && inside === undefined) return part("unread", fault + 1, end);
    }
    if (level.kind === "packed") return part("value", start, end);
    const stop = (to: number): number => (fault !== undefined && fault < to && fault > offset ? fault : to);
    const from = (at: number): number => (fault !== undefined && fault < offset && fault >= at ? fault + 1 : at);
    const after = varintEnd(bytes, start, end);
    const tagEnd = after < 0 ? end : Math.min(after, valueStart > start ? valueStart : end);
    if (offset < tagEnd) {
      if (of.hasBadTag && offset === start) return part("fault", start, start + 1);
      return part("tag", of.hasBadTag ? start + 1 : from(start), stop(tagEnd));
    }
    if (offset < valueStart) return part("length", from(tagEnd), stop(valueStart));
    if (inside !== undefined && offset >= inside.end) return part("end", inside.end, end);
    return part("value", from(valueStart), stop(end));
  }
}

/** Position of the record that holds `offset`, by binary search; `offset` must lie within the level. */
function positionOf(level: WireLevel, offset: number): number {
  let low = 0;
  let high = level.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((level.starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
