import type { DescMessage } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import type { Diagnostic, Finding } from "./diagnostic.ts";
import { fieldPathOf } from "./field-path.ts";
import type { LenGuess } from "./guess.ts";
import { isReadable, messageTable, runField, wireTypeOf, type MessageTable, type WireField } from "./message-table.ts";
import { joinPath } from "./path-text.ts";
import { createPaths } from "./paths.ts";
import { readMessageSetItem } from "./message-set.ts";
import { createGuess } from "./pool-guess.ts";
import { canReadAs, isScalarReading, messageTypeOf, packedTypeOf, type ReadAs } from "./read-as.ts";
import { scanPacked } from "./scan-packed.ts";
import { scanStream } from "./scan-stream.ts";
import { closeGroup, defaultMaxDepth, recordFlags, scanLevel } from "./scan-level.ts";
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
  const { registry, maxDepth = defaultMaxDepth, readAs } = options;
  const rootTable = desc === undefined ? undefined : messageTable(desc, registry);
  const root: WireLevel = {
    ...scanLevel(bytes, 0, bytes.length, maxDepth),
    kind: "message",
    table: rootTable,
    element: undefined,
    parent: undefined,
    depth: 0,
  };
  const levels = new Map<number, WireLevel>();
  const guessOf = createGuess({ bytes, root });
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
    choice,
    pathOf: (of) => paths.pathOf(of),
    find: (path) => paths.find(path),
    partAt,
    validation: () => (validation ??= validateTable(bytes, rootTable, { maxDepth, ...(registry !== undefined && { registry }) })),
    diagnostics: () => (diagnostics ??= index.validation().findings.map((finding) => ({ ...finding, path: pathOfFinding(finding) }))),
  };
  const paths = createPaths(index);
  return index;

  function pathOfFinding({ offset, missing }: Finding): string {
    const found = missing?.isOutermost === true ? undefined : partAt(offset)?.record;
    if (missing === undefined) return found === undefined ? "" : paths.pathOf(found);
    // What is in the value of a map entry has the path of the entry before it.
    const entry = found?.level.table?.isMapEntry === true ? found.level.parent : found;
    return joinPath(entry === undefined ? "" : paths.pathOf(entry), missing.field);
  }

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
    if (readAs === undefined || readAs.size === 0) return undefined;
    const chosen = readAs.get(fieldPathOf(of));
    return chosen !== undefined && canReadAs(of.wireType, chosen) ? chosen : undefined;
  }

  function guess(of: WireRecord): LenGuess | undefined {
    if (of.field !== undefined || of.wireType !== wireTypes.len || of.isMalformed || of.level.kind === "packed") return undefined;
    return guessOf(of);
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
    if (wireType === wireTypes.startGroup) {
      const { tagAt } = isMalformed ? { tagAt: end } : closeGroup(bytes, valueStart, end, of.number, maxDepth);
      return messageLevel(of, tagAt === -1 ? end : tagAt, field?.message?.(), depth);
    }
    // A malformed record still opens where its length was read: what there is of a cut message can be seen.
    if (wireType !== wireTypes.len || (isMalformed && (valueStart === of.level.fault?.offset || valueStart >= end))) return undefined;
    const chosen = choice(of);
    if (chosen !== undefined) return openAs(of, chosen, depth);
    if (of.level.kind === "stream") return messageLevel(of, end, undefined, depth);
    if (field?.message !== undefined) return messageLevel(of, end, field.message(), depth);
    if (field?.isPackable === true) return packedLevel(of, field, depth);
    if (field !== undefined) {
      const inner = contentType(of);
      return inner === undefined ? undefined : messageLevel(of, end, inner, depth);
    }
    return guess(of)?.chosen === "message" ? messageLevel(of, end, undefined, depth) : undefined;
  }

  function openAs(of: WireRecord, chosen: ReadAs, depth: number): WireLevel | undefined {
    const { field, valueStart, end } = of;
    switch (chosen) {
      case "string":
      case "bytes":
        return undefined;
      case "message":
      case "map entry": {
        const isDeclared = field?.message !== undefined && (field.shape === "map") === (chosen === "map entry");
        return messageLevel(of, end, isDeclared ? field.message?.() : contentType(of), depth);
      }
      case "any":
        return messageLevel(of, end, messageTable(AnySchema, registry), depth);
      case "stream": {
        const messages = scanStream(bytes, valueStart, end);
        return messages === undefined
          ? undefined
          : { ...messages, kind: "stream", table: undefined, element: undefined, parent: of, depth };
      }
      default:
    }
    const packedType = packedTypeOf(chosen);
    if (packedType !== undefined) return packedLevel(of, runField(of.number, field, packedType), depth);
    const typeName = messageTypeOf(chosen);
    const desc = typeName === undefined ? undefined : registry?.getMessage(typeName);
    return typeName === undefined ? undefined : messageLevel(of, end, desc === undefined ? undefined : messageTable(desc, registry), depth);
  }

  function packedLevel(of: WireRecord, field: WireField, depth: number): WireLevel | undefined {
    const ofElements = readAs?.get(`${fieldPathOf(of)}[]`);
    const isChosen = ofElements !== undefined && isScalarReading(ofElements) && canReadAs(wireTypeOf(field.type), ofElements);
    const element = isChosen ? runField(of.number, field, ofElements) : field;
    const elements = scanPacked(bytes, of.valueStart, of.end, element);
    return elements === undefined ? undefined : { ...elements, kind: "packed", table: undefined, element, parent: of, depth };
  }

  function messageLevel(of: WireRecord, end: number, table: MessageTable | undefined, depth: number): WireLevel {
    const records = scanLevel(bytes, of.valueStart, end, maxDepth - depth);
    return { ...records, kind: "message", table, element: undefined, parent: of, depth };
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
