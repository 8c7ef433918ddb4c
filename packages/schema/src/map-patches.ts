import type { ScalarType } from "@bufbuild/protobuf";
import { wireTypeOf } from "./decode-value.ts";
import { isMessageValue, type Item, itemTypeOf, type ItemType, type MapEntry, type RecordSpan, recordsOf } from "./document.ts";
import type { FieldChange } from "./field-change.ts";
import { inPieces, type Patch, replaced, withLength } from "./patch.ts";
import { recordHead, type RecordHead, recordHeads } from "./record-head.ts";
import { sameScalar } from "./zero-value.ts";

const nothing = new Uint8Array();

/**
 * Changes of a map. An entry whose key or value is another changes inside its record, the last one of its key; with an entry go all records of its
 * key. An entry that has another key in the same place of the list was renamed.
 */
export function mapPatches(change: FieldChange): readonly Patch[] {
  const { source, before, after, writer } = change;
  if (before.value.kind !== "map" || after.value.kind !== "map" || after.field.fieldKind !== "map") return [];
  const [old, next] = [before.value.entries, after.value.entries];
  const { field } = after;
  const own = recordsOf(source).known.get(field.number) ?? [];
  const records = Map.groupBy(own, (record) => record.key);
  const kept = new Set(next.map((entry) => entry.key));
  const known = new Map(old.map((entry) => [entry.key, entry]));
  const patches: Patch[] = [];
  // Last, so that an entry that grows at its end does so before another follows it.
  const fresh: Patch[] = [];
  const renamed = new Set<MapEntry["key"]>();
  let place = own.at(-1)?.end ?? source.bytes.length;
  const remove = (record: RecordSpan) => patches.push({ start: record.start, end: record.end, bytes: nothing });
  for (const [at, entry] of next.entries()) {
    const same = known.get(entry.key);
    const there = old[at];
    const was = same ?? (there !== undefined && !kept.has(there.key) ? there : undefined);
    const mine = was === undefined ? undefined : records.get(was.key);
    const last = mine?.at(-1);
    if (was === undefined || last === undefined) {
      fresh.push({ start: place, end: place, bytes: writer.field({ field, value: { kind: "map", entries: [entry] } }) });
      continue;
    }
    if (same === undefined) {
      renamed.add(was.key);
      for (const record of mine ?? []) if (record !== last) remove(record);
    }
    place = last.end;
    patches.push(...entryPatches(change, { record: last, was, entry, keyType: field.mapKey }));
  }
  for (const { key } of old) if (!kept.has(key) && !renamed.has(key)) for (const record of records.get(key) ?? []) remove(record);
  return [...patches, ...fresh];
}

interface EntryChange {
  readonly record: RecordSpan;
  readonly was: MapEntry;
  readonly entry: MapEntry;
  readonly keyType: ScalarType;
}

function entryPatches({ source, after, writer, inside }: FieldChange, { record, was, entry, keyType }: EntryChange): readonly Patch[] {
  const { bytes } = source;
  const { field } = after;
  const head = recordHead(bytes, record);
  const parts = recordHeads(bytes, head.valueStart, head.valueEnd);
  const inner: Patch[] = [];
  if (was.key !== entry.key) {
    const key = partsOf(parts, 1, { kind: "scalar", scalar: keyType }).at(-1);
    if (key === undefined) inner.push({ start: head.valueStart, end: head.valueStart, bytes: writer.entryKey(entry.key, field) });
    else inner.push(...replaced(bytes, key, writer.key(entry.key, field)));
  }
  if (!isSame(was.value, entry.value)) inner.push(...valuePatches());
  return withLength(
    head,
    inner.toSorted((a, b) => a.start - b.start || a.end - b.end),
  );

  function valuePatches(): readonly Patch[] {
    const values = partsOf(parts, 2, itemTypeOf(field));
    const last = values.at(-1);
    if (last === undefined) return [{ start: head.valueEnd, end: head.valueEnd, bytes: writer.entryValue(entry.value, field) }];
    if (isMessageValue(entry.value) && isMessageValue(was.value)) {
      if (entry.value.source !== undefined && entry.value.source === was.value.source) return inPieces(bytes, values, inside(entry.value));
      const gone = values.slice(0, -1).map(({ start, end }) => ({ start, end, bytes: nothing }));
      return [...gone, ...replaced(bytes, last, writer.value(entry.value, field))];
    }
    return replaced(bytes, last, writer.value(entry.value, field));
  }
}

/** The parts of an entry that readers take its key or its value from. */
function partsOf(parts: readonly RecordHead[], number: number, type: ItemType): readonly RecordHead[] {
  return parts.filter((part) => part.number === number && part.wireType === wireTypeOf(type));
}

function isSame(a: Item, b: Item): boolean {
  if (isMessageValue(a) || isMessageValue(b)) return a === b;
  return sameScalar(a, b);
}
