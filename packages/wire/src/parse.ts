import type { DescMessage } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import type { Diagnostic } from "./diagnostic.ts";
import { fieldPathOf } from "./field-path.ts";
import type { LenGuess } from "./guess.ts";
import { locate } from "./locate.ts";
import { isReadable, messageTable, runField, wireTypeOf, type MessageTable, type WireField } from "./message-table.ts";
import { createPaths } from "./paths.ts";
import { rootRecordStart, type PreparedLevel } from "./prepare.ts";
import { readMessageSetItem } from "./message-set.ts";
import { createGuess, type ContentSpan } from "./pool-guess.ts";
import { canReadAs, isScalarReading, messageTypeOf, packedTypeOf, type ReadAs } from "./read-as.ts";
import { scanPacked } from "./scan-packed.ts";
import { scanStream } from "./scan-stream.ts";
import { closeGroup, defaultMaxDepth, positionOf, recordFlags, scanLevel, type RecordArrays } from "./scan-level.ts";
import { textFrom } from "./utf8.ts";
import { validateTable, type Validation } from "./validate.ts";
import { varintEnd } from "./varint.ts";
import type { ParseOptions, WireIndex, WireLevel, WirePart, WireRecord } from "./wire-index.ts";
import { wireTypes, type WireType } from "./wire-type.ts";

/** Indexed levels kept beside the top one, in bytes of index; the ones opened longest ago go first. */
const maxCachedIndexBytes = 64 * 1024 * 1024;
const bytesPerRecord = 17;

/** Indexes `bytes`, as a message of type `desc` where one is given. Never throws. */
export function parse(bytes: Uint8Array, desc?: DescMessage, options: ParseOptions = {}): WireIndex {
  const { registry, maxDepth = defaultMaxDepth, readAs, prepared, origin = 0 } = options;
  const hasChoices = readAs !== undefined && readAs.size > 0;
  const preparedLevels = new Map(prepared?.levels.map((level) => [level.recordStart, level]));
  const rootTable = desc === undefined ? undefined : messageTable(desc, registry);
  const root = messageLevel({ parent: undefined, start: 0, end: bytes.length, table: rootTable, depth: 0 });
  const levels = new Map<number, WireLevel>();
  const guessOf = createGuess({ bytes, root }, cutContent);
  let cachedBytes = 0;
  let validation: Validation | undefined;
  let diagnostics: readonly Diagnostic[] | undefined;

  const index: WireIndex = {
    bytes,
    origin,
    type: desc,
    root,
    record,
    children,
    guess,
    choice,
    pathOf: (of) => paths.pathOf(of),
    find: (path) => paths.find(path),
    partAt,
    validation: () => (validation ??= validateTable(bytes, rootTable, { maxDepth, origin, ...(registry !== undefined && { registry }) })),
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
    if (level.kind === "packed") return level.element;
    const field = level.table?.byNumber(number);
    return field !== undefined && isReadable(field, wireType) ? field : undefined;
  }

  function choice(of: WireRecord): ReadAs | undefined {
    if (!hasChoices) return undefined;
    const chosen = readAs.get(fieldPathOf(of));
    return chosen !== undefined && canReadAs(of.wireType, chosen) ? chosen : undefined;
  }

  function guess(of: WireRecord): LenGuess | undefined {
    if (of.field !== undefined || of.wireType !== wireTypes.len || of.isMalformed || of.level.kind === "packed") return undefined;
    return (hasChoices ? undefined : prepared?.guesses.get(of.start)) ?? guessOf(of);
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
    const chosen = choice(of);
    if (chosen !== undefined) return openAs(of, chosen, inner);
    if (of.level.kind === "stream") return inner(end, undefined);
    if (field?.message !== undefined) return inner(end, field.message());
    if (field?.isPackable === true) return packedLevel(of, field);
    if (field !== undefined) {
      const content = contentType(of);
      return content === undefined ? undefined : inner(end, content);
    }
    return guess(of)?.chosen === "message" ? inner(end, undefined) : undefined;
  }

  function openAs(
    of: WireRecord,
    chosen: ReadAs,
    inner: (to: number, table: MessageTable | undefined) => WireLevel,
  ): WireLevel | undefined {
    const { field, valueStart, end } = of;
    switch (chosen) {
      case "string":
      case "bytes":
        return undefined;
      case "message":
      case "map entry": {
        const isDeclared = field?.message !== undefined && (field.shape === "map") === (chosen === "map entry");
        return inner(end, isDeclared ? field.message?.() : contentType(of));
      }
      case "any":
        return inner(end, messageTable(AnySchema, registry));
      case "stream": {
        const messages = scanStream(bytes, valueStart, end);
        if (messages === undefined) return undefined;
        const depth = of.level.depth + 1;
        return { ...messages, kind: "stream", table: undefined, element: undefined, parent: of, depth, prepared: undefined };
      }
      default:
    }
    const packedType = packedTypeOf(chosen);
    if (packedType !== undefined) return packedLevel(of, runField(of.number, field, packedType));
    const typeName = messageTypeOf(chosen);
    const desc = typeName === undefined ? undefined : registry?.getMessage(typeName);
    return typeName === undefined ? undefined : inner(end, desc === undefined ? undefined : messageTable(desc, registry));
  }

  function packedLevel(of: WireRecord, field: WireField): WireLevel | undefined {
    const ofElements = readAs?.get(`${fieldPathOf(of)}[]`);
    const isChosen = ofElements !== undefined && isScalarReading(ofElements) && canReadAs(wireTypeOf(field.type), ofElements);
    const element = isChosen ? runField(of.number, field, ofElements) : field;
    const ready = readyLevel(of, { kind: "packed", end: of.end, typeName: undefined, elementType: element.type });
    const elements = ready?.records ?? scanPacked(bytes, of.valueStart, of.end, element);
    if (elements === undefined) return undefined;
    const depth = of.level.depth + 1;
    return { ...elements, kind: "packed", table: undefined, element, parent: of, depth, prepared: hasChoices ? undefined : ready };
  }

  function messageLevel(of: Pick<WireLevel, "parent" | "start" | "end" | "table" | "depth">): WireLevel {
    const { parent, start, end, table, depth } = of;
    const ready = readyLevel(parent, { kind: "message", end, typeName: table?.typeName, elementType: undefined });
    return {
      ...(ready?.records ?? scanLevel(bytes, start, end, maxDepth - depth)),
      kind: "message",
      table,
      element: undefined,
      parent,
      depth,
      prepared: hasChoices ? undefined : ready,
    };
  }

  /** The records of a content, read as a message of any type. */
  function cutContent({ recordStart, start, end, depth }: ContentSpan): RecordArrays {
    const ready = preparedLevels.get(recordStart);
    return ready?.kind === "message" && ready.records.end === end ? ready.records : scanLevel(bytes, start, end, maxDepth - depth);
  }

  /** What was prepared of the content of a record, if it was read the same way. */
  function readyLevel(
    of: WireRecord | undefined,
    wanted: Pick<PreparedLevel, "kind" | "typeName" | "elementType"> & { readonly end: number },
  ): PreparedLevel | undefined {
    const ready = preparedLevels.get(of?.start ?? rootRecordStart);
    const { kind, typeName, elementType, end } = wanted;
    const isSame = ready?.kind === kind && ready.records.end === end && ready.typeName === typeName && ready.elementType === elementType;
    return isSame ? ready : undefined;
  }

  /** The type of what an Any holds, for its `value`, and a MessageSet's item, for its `message`. */
  function contentType({ level, number, start }: WireRecord): MessageTable | undefined {
    if (level.table?.typeOfId !== undefined && number === 3) {
      const { typeId, messageAt } = readMessageSetItem(bytes, level.start, level.end);
      return typeId === undefined || messageAt !== start ? undefined : level.table.typeOfId(typeId);
    }
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
    const after = level.kind === "stream" ? start : varintEnd(bytes, start, end);
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
