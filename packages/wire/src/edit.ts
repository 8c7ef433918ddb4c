import { concat, encodeRecord, encodeValue, type WireValue } from "./encode-value.ts";
import { isReadable } from "./validate.ts";
import { wireTypeOf, type FieldType, type WireField } from "./message-table.ts";
import { parsePath, stepText, joinPath, type PathStep } from "./path-text.ts";
import { entryValue } from "./paths.ts";
import { scalarValue } from "./scalar-text.ts";
import { pushVarint, varintLength } from "./varint.ts";
import type { Splice, WireDoc } from "./wire-doc.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** The edited document, or why the edit cannot be made. */
export type EditResult = { readonly doc: WireDoc } | { readonly problem: string };

/**
 * Sets the field at `path`, or removes it when `value` is undefined. Only the bytes of that field and the lengths of what is around it
 * change. Of several occurrences the effective one, the last, is set, and all are removed. A field that is not there is inserted in the order
 * of numbers, messages around it are made; an element may be added at the end of a list. Setting a member of a oneof removes the others.
 * Setting what is there already gives the same document. Messages and Any contents are set as bytes.
 */
export function edit(doc: WireDoc, path: string, value: WireValue | undefined): EditResult {
  const parsed = parsePath(path);
  if (!("steps" in parsed)) return { problem: `"${path}" is no path: column ${parsed.badAt + 1}` };
  if (parsed.steps.length === 0) return { problem: "the path is empty" };
  const index = doc.index();
  return value === undefined ? remove(doc, index, parsed.steps) : set(doc, index, parsed.steps, value);
}

function set(doc: WireDoc, index: WireIndex, steps: readonly PathStep[], value: WireValue): EditResult {
  const found = effective(index, steps);
  if (found === undefined) return insert(doc, index, steps, value);
  if (found.field?.shape === "map") return setEntry(doc, index, found, value);
  if (found.wireType === wireTypes.endGroup) return { problem: `${pathOf(steps)} is the end of no group and holds no value` };
  const type = found.field?.type ?? typeOfUnknown(found, value);
  if (found.isMalformed) return { problem: `${pathOf(steps)} cannot be read as it is` };
  if (found.level.kind !== "packed" && found.field?.isPackable === true && found.wireType === wireTypes.len) {
    return { problem: `${pathOf(steps)} is a packed run: name an element` };
  }
  if (found.field?.shape === "list" && found.level.kind !== "packed" && steps.at(-1)?.element === undefined) {
    return { problem: `${pathOf(steps)} is a list: name an element` };
  }
  const payload = encodeValue(type, value);
  if (typeof payload === "string") return { problem: payload };
  const others = otherMembers(index, found.level, found.field, found.at);
  if (others.length === 0 && isSame(index.bytes, found, type, value, payload)) return { doc };
  return applied(doc, index, found.level, [...others, ...payloadSplices(index, found, payload)]);
}

function setEntry(doc: WireDoc, index: WireIndex, entry: WireRecord, value: WireValue): EditResult {
  const field = entry.field?.message?.().byNumber(2);
  const level = index.children(entry);
  if (field === undefined || level === undefined || entry.isMalformed) return { problem: "the map entry cannot be read" };
  const payload = encodeValue(field.type, value);
  if (typeof payload === "string") return { problem: payload };
  const record = entryValue(index, level);
  if (record !== undefined) {
    if (isSame(index.bytes, record, field.type, value, payload)) return { doc };
    return applied(doc, index, level, payloadSplices(index, record, payload));
  }
  if (level.fault !== undefined) return { problem: "the map entry cannot be read to its end" };
  return applied(doc, index, level, [{ start: level.end, end: level.end, bytes: encodeRecord(2, wireTypeOf(field.type), payload) }]);
}

function insert(doc: WireDoc, index: WireIndex, steps: readonly PathStep[], value: WireValue): EditResult {
  let depth = 0;
  let level: WireLevel = index.root;
  // The deepest message on the way that is there.
  while (depth < steps.length - 1) {
    const holder = effective(index, steps.slice(0, depth + 1));
    let inside: WireLevel | undefined = holder === undefined ? undefined : index.children(holder);
    if (inside?.table?.isMapEntry === true) {
      const entered = entryValue(index, inside);
      inside = entered === undefined ? undefined : index.children(entered);
    }
    if (inside === undefined) break;
    level = inside;
    depth++;
  }
  let { table } = level;
  const fields: WireField[] = [];
  for (const step of steps.slice(depth)) {
    const field = typeof step.field === "string" ? table?.byName(step.field) : undefined;
    if (field === undefined) return { problem: `there is no field ${stepText(step)} to set` };
    fields.push(field);
    const inner = field.message?.();
    table = field.shape === "map" ? inner?.byNumber(2)?.message?.() : inner;
  }
  const own = fields.at(-1) as WireField;
  const lastStep = steps.at(-1) as PathStep;
  const valueField = own.shape === "map" ? own.message?.().byNumber(2) : own;
  if (valueField === undefined) return { problem: `${pathOf(steps)} cannot be set` };
  const encoded = encodeValue(valueField.type, value);
  if (typeof encoded === "string") return { problem: encoded };
  let payload = encoded;
  for (let at = fields.length - 1; at >= 0; at--) {
    const field = fields[at] as WireField;
    const step = steps[depth + at] as PathStep;
    if (field.shape === "list" && step.element !== undefined) {
      const count = at === 0 ? elementCount(index, level, field) : 0;
      if (Number(step.element) !== count) return { problem: `${stepText(step)} is not at the end of the list, which has ${count}` };
    }
    if (field.shape === "list" && step.element === undefined && step === lastStep)
      return { problem: `name an element: ${stepText(step)}[0]` };
    if (field.shape === "map") {
      const entry = encodeEntry(field, step, payload);
      if (typeof entry === "string") return { problem: entry };
      payload = entry;
    } else payload = encodeRecord(field.number, wireTypeOf(field.type), payload);
  }
  const first = fields[0] as WireField;
  const at = insertionPoint(level, first.number);
  return applied(doc, index, level, [...otherMembers(index, level, first, -1), { start: at, end: at, bytes: payload }]);
}

function encodeEntry(field: WireField, step: PathStep, payload: Uint8Array): Uint8Array | string {
  const entry = field.message?.();
  const key = entry?.byNumber(1);
  const value = entry?.byNumber(2);
  if (key === undefined || value === undefined || step.element === undefined) return `name a key: ${stepText(step)}["key"]`;
  const encoded = encodeValue(key.type, keyFrom(step.element));
  if (typeof encoded === "string") return encoded;
  const content = concat([encodeRecord(1, wireTypeOf(key.type), encoded), encodeRecord(2, wireTypeOf(value.type), payload)]);
  return encodeRecord(field.number, wireTypes.len, content);
}

function keyFrom(element: string): WireValue {
  if (element.startsWith('"'))
    return element.slice(1, -1).replace(/\\([\\"rn])/g, (_, char: string) => (char === "r" ? "\r" : char === "n" ? "\n" : char));
  return element === "true" ? true : element === "false" ? false : BigInt(element);
}

function remove(doc: WireDoc, index: WireIndex, steps: readonly PathStep[]): EditResult {
  let next = doc;
  for (let record = effective(index, steps); record !== undefined; record = effective(next.index(), steps)) {
    const { level } = record;
    const isLastElement = level.kind === "packed" && level.count === 1 && level.parent !== undefined;
    const target: WireRecord = isLastElement ? (level.parent as WireRecord) : record;
    const result = applied(next, next.index(), target.level, [{ start: target.start, end: target.end, bytes: nothing }]);
    if (!("doc" in result)) return result;
    next = result.doc;
    // Removing an element moves the others up: once is enough. Named occurrences and unknown fields likewise.
    const last = steps.at(-1);
    if (record.field === undefined || (last?.element !== undefined && record.field.shape !== "map") || (last?.occurrence ?? 1) > 1) break;
  }
  return { doc: next };
}

const nothing = new Uint8Array();

/** The record that a reader takes the field from: the last occurrence, in the last of merged messages that has it. */
function effective(index: WireIndex, steps: readonly PathStep[]): WireRecord | undefined {
  const visit = (prefix: string, depth: number): WireRecord | undefined => {
    const step = steps[depth] as PathStep;
    const spellings = [joinPath(prefix, stepText(step))];
    if (step.occurrence === 1 && typeof step.field === "string") {
      for (let occurrence = 2; index.find(joinPath(prefix, stepText({ ...step, occurrence }))) !== undefined; occurrence++) {
        spellings.unshift(joinPath(prefix, stepText({ ...step, occurrence })));
      }
    }
    for (const spelling of spellings) {
      if (depth < steps.length - 1) {
        const deeper = visit(spelling, depth + 1);
        if (deeper !== undefined) return deeper;
        continue;
      }
      const record = index.find(spelling);
      const isWholeList =
        record?.field?.shape === "list" && step.element === undefined && !(record.field.isPackable && record.wireType === wireTypes.len);
      if (record !== undefined && !isWholeList) return record;
      if (record !== undefined && isWholeList && step.occurrence === 1) return record;
    }
    return undefined;
  };
  return visit("", 0);
}

/** Splices for a record's payload, and its length. */
function payloadSplices(index: WireIndex, record: WireRecord, payload: Uint8Array): Splice[] {
  const { wireType, valueStart, end, level } = record;
  if (level.kind === "packed" || wireType !== wireTypes.len) {
    const stop = wireType === wireTypes.startGroup ? (index.children(record)?.end ?? end) : end;
    return [{ start: valueStart, end: stop, bytes: payload }];
  }
  return [...lengthSplice(index, record, payload.length), { start: valueStart, end, bytes: payload }];
}

/** The new length of a LEN record: as short as can be, but as wide as before where it was written wider than needed. */
function lengthSplice({ bytes }: WireIndex, { level, start, valueStart, end }: WireRecord, length: number): Splice[] {
  if (length === end - valueStart) return [];
  let from = start; // in a stream the length has no tag before it
  if (level.kind !== "stream") {
    while ((bytes[from] as number) >= 0x80) from++;
    from++;
  }
  const wasWider = valueStart - from > varintLength(end - valueStart);
  const out: number[] = [];
  pushVarint(out, length);
  while (wasWider && out.length < valueStart - from) {
    out[out.length - 1] = (out.at(-1) as number) | 0x80;
    out.push(0);
  }
  return [{ start: from, end: valueStart, bytes: Uint8Array.from(out) }];
}

/** Applies splices inside one level and corrects the lengths of everything around it. */
function applied(doc: WireDoc, index: WireIndex, level: WireLevel, inner: readonly Splice[]): EditResult {
  const splices = [...inner];
  let delta = inner.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0);
  for (let holder = level.parent; holder !== undefined; holder = holder.level.parent) {
    if (holder.isMalformed) return { problem: `${index.pathOf(holder)} is cut: edit its bytes instead` };
    if (holder.wireType !== wireTypes.len || delta === 0) continue;
    const length = lengthSplice(index, holder, holder.end - holder.valueStart + delta);
    for (const { start, end, bytes } of length) delta += bytes.length - (end - start);
    splices.push(...length);
  }
  return { doc: doc.spliced(splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) };
}

/** Removes the other members of a field's oneof. */
function otherMembers(index: WireIndex, level: WireLevel, field: WireField | undefined, keep: number): Splice[] {
  if (field?.oneof === undefined) return [];
  const splices: Splice[] = [];
  for (let at = 0; at < level.count; at++) {
    const record = at === keep ? undefined : index.record(level, at);
    if (record?.field?.oneof === field.oneof && record.number !== field.number)
      splices.push({ start: record.start, end: record.end, bytes: nothing });
  }
  return splices;
}

function insertionPoint(level: WireLevel, number: number): number {
  let after = level.start;
  let isPlaced = false;
  for (let at = 0; at < level.count; at++) {
    if ((level.flags[at] as number) !== 0) continue;
    const own = (level.tags[at] as number) >>> 3;
    if (own === number || (!isPlaced && own < number)) after = level.ends[at] as number;
    if (own > number) isPlaced = true;
  }
  return after;
}

function elementCount(index: WireIndex, level: WireLevel, field: WireField): number {
  let count = 0;
  for (let at = 0; at < level.count; at++) {
    const record = index.record(level, at);
    if (record?.number !== field.number || !isReadable(field, record.wireType)) continue;
    count += field.isPackable && record.wireType === wireTypes.len ? (index.children(record)?.count ?? 0) : 1;
  }
  return count;
}

function typeOfUnknown({ wireType }: WireRecord, value: WireValue): FieldType {
  if (wireType === wireTypes.i64) return typeof value === "number" && !Number.isInteger(value) ? "double" : "fixed64";
  if (wireType === wireTypes.i32) return typeof value === "number" && !Number.isInteger(value) ? "float" : "fixed32";
  if (wireType === wireTypes.len) return typeof value === "string" ? "string" : "bytes";
  return wireType === wireTypes.startGroup ? "group" : typeof value === "boolean" ? "bool" : "uint64";
}

function isSame(bytes: Uint8Array, record: WireRecord, type: FieldType, value: WireValue, payload: Uint8Array): boolean {
  const now = scalarValue(bytes, record.valueStart, record.end, type);
  if (now !== undefined && typeof now !== "boolean" && (typeof value === "number" || typeof value === "bigint")) {
    if (typeof now === "number" && typeof value === "number") {
      if (!Number.isNaN(value)) return Object.is(now, type === "float" ? Math.fround(value) : value);
    } else return BigInt(now) === BigInt(value);
  }
  if (typeof now === "boolean") return now === value;
  if (payload.length !== record.end - record.valueStart) return false;
  return payload.every((byte, at) => byte === bytes[record.valueStart + at]);
}

function pathOf(steps: readonly PathStep[]): string {
  return steps.reduce((prefix, step) => joinPath(prefix, stepText(step)), "");
}
