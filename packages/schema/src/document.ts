import { type DescEnum, type DescExtension, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** A field of a message, or an extension that is used like one. */
export type Field = DescField | DescExtension;

/** A scalar as protobuf sees it: 64-bit integers are always bigint, an enum value is its number. */
export type Scalar = string | number | bigint | boolean | Uint8Array;

/** What stands at one place: a scalar, an enum number, or a message. */
export type Item = Scalar | MessageValue;

/** One entry of a map. */
export interface MapEntry {
  readonly key: string | number | bigint | boolean;
  readonly value: Item;
}

/** The value of a field that is present. Lists and maps are never empty here: an empty one is not present. */
export type FieldValue =
  | { readonly kind: "single"; readonly item: Item }
  | { readonly kind: "list"; readonly items: readonly Item[] }
  | { readonly kind: "map"; readonly entries: readonly MapEntry[] };

/** A field together with its value. */
export interface PresentField {
  readonly field: Field;
  readonly value: FieldValue;
}

/** Where one record (tag and value) lies in the source of its message. */
export interface RecordSpan {
  /** Field number; -1 for bytes that could not be read and run to the end. */
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /** True when the schema has no such field, or not of this wire type. */
  readonly unknown: boolean;
  /** The key of a map entry. */
  readonly key?: MapEntry["key"];
}

/** What a message was read from. */
export interface MessageSource {
  /** Without tag and length. A message that came in pieces, which readers merge, has them one after the other. */
  readonly bytes: Uint8Array;
  /** Tile the bytes. */
  readonly records: readonly RecordSpan[];
  /** The fields as they were read. */
  readonly fields: ReadonlyMap<number, PresentField>;
}

/**
 * A message as an immutable tree that remembers the bytes it was read from. What is not touched is written again exactly as it was: order of
 * fields, unknown fields, needlessly long varints. Change it with `withField`, `withoutField`, `withoutUnknown` and `updateIn` only.
 */
export interface MessageValue {
  readonly kind: "message";
  readonly desc: DescMessage;
  /** Fields that are present, by number, whether or not they hold the default. */
  readonly fields: ReadonlyMap<number, PresentField>;
  readonly source: MessageSource | undefined;
  /** Numbers of the fields that may differ from those of `source`. */
  readonly touched: ReadonlySet<number>;
  /** Unknown records of `source` that are to go. */
  readonly dropped: ReadonlySet<RecordSpan>;
}

/** What an item of a field is made of, whether the field is single, a list or a map. */
export type ItemType =
  | { readonly kind: "scalar"; readonly scalar: ScalarType }
  | { readonly kind: "enum"; readonly enum: DescEnum }
  | { readonly kind: "message"; readonly message: DescMessage; readonly delimited: boolean };

/** One step from a message into a message inside it: through a field, and for lists and maps to the item or entry at a position. */
export interface Step {
  readonly field: Field;
  readonly index: number | undefined;
}

const nothing: ReadonlySet<number> = new Set();
const noRecords: ReadonlySet<RecordSpan> = new Set();

/** A message with no field present and no source. */
export function emptyMessage(desc: DescMessage): MessageValue {
  return { kind: "message", desc, fields: new Map(), source: undefined, touched: nothing, dropped: noRecords };
}

/** A message made of fields, without source. Fields of the map must belong to `desc` or extend it. */
export function messageOf(desc: DescMessage, present: Iterable<PresentField>): MessageValue {
  const fields = new Map<number, PresentField>();
  for (const entry of present) fields.set(entry.field.number, entry);
  return { kind: "message", desc, fields, source: undefined, touched: nothing, dropped: noRecords };
}

/** True for a message, false for a scalar or an enum number. */
export function isMessageValue(item: Item | undefined): item is MessageValue {
  return typeof item === "object" && "kind" in item && item.kind === "message";
}

/** What the items of a field are made of. */
export function itemTypeOf(field: Field): ItemType {
  if (field.message !== undefined) {
    return { kind: "message", message: field.message, delimited: "delimitedEncoding" in field && field.delimitedEncoding };
  }
  if (field.enum !== undefined) return { kind: "enum", enum: field.enum };
  return { kind: "scalar", scalar: field.scalar ?? ScalarType.STRING };
}

/** The value of a single field; undefined when it is absent. */
export function itemAt(message: MessageValue, number: number): Item | undefined {
  const value = message.fields.get(number)?.value;
  return value?.kind === "single" ? value.item : undefined;
}

/** The items of a list field; none when it is absent. */
export function itemsAt(message: MessageValue, number: number): readonly Item[] {
  const value = message.fields.get(number)?.value;
  return value?.kind === "list" ? value.items : [];
}

/** The entries of a map field; none when it is absent. */
export function entriesAt(message: MessageValue, number: number): readonly MapEntry[] {
  const value = message.fields.get(number)?.value;
  return value?.kind === "map" ? value.entries : [];
}

/** The message with a field set. Other members of its oneof go; an empty list or map is absent. */
export function withField(message: MessageValue, field: Field, value: FieldValue): MessageValue {
  if (value.kind === "list" && value.items.length === 0) return withoutField(message, field);
  if (value.kind === "map" && value.entries.length === 0) return withoutField(message, field);
  const fields = new Map(message.fields);
  const touched = new Set(message.touched).add(field.number);
  for (const sibling of field.oneof?.fields ?? []) {
    fields.delete(sibling.number);
    touched.add(sibling.number);
  }
  fields.set(field.number, { field, value });
  return { ...message, fields, touched };
}

/** The message with a single field set. */
export function withItem(message: MessageValue, field: Field, item: Item): MessageValue {
  return withField(message, field, { kind: "single", item });
}

/** The message without a field. */
export function withoutField(message: MessageValue, field: Field): MessageValue {
  if (!message.fields.has(field.number)) return message;
  const fields = new Map(message.fields);
  fields.delete(field.number);
  return { ...message, fields, touched: new Set(message.touched).add(field.number) };
}

/** The message with `update` applied to the message that `steps` lead to; unchanged where a step leads nowhere. */
export function updateIn(message: MessageValue, steps: readonly Step[], update: (inner: MessageValue) => MessageValue): MessageValue {
  const [step, ...rest] = steps;
  if (step === undefined) return update(message);
  const inner = itemOfStep(message, step);
  if (!isMessageValue(inner)) return message;
  const next = updateIn(inner, rest, update);
  return next === inner ? message : withItemOfStep(message, step, next);
}

/** The message that `steps` lead to; undefined where a step leads nowhere. */
export function messageIn(message: MessageValue, steps: readonly Step[]): MessageValue | undefined {
  let current: MessageValue | undefined = message;
  for (const step of steps) {
    const item: Item | undefined = current === undefined ? undefined : itemOfStep(current, step);
    current = isMessageValue(item) ? item : undefined;
  }
  return current;
}

/** What stands at the end of a step. */
export function itemOfStep(message: MessageValue, { field, index }: Step): Item | undefined {
  const value = message.fields.get(field.number)?.value;
  switch (value?.kind) {
    case "single":
      return value.item;
    case "list":
      return index === undefined ? undefined : value.items[index];
    case "map":
      return index === undefined ? undefined : value.entries[index]?.value;
    case undefined:
      return undefined;
  }
}

/** The message with another item at the end of a step; unchanged where nothing stands there. */
export function withItemOfStep(message: MessageValue, { field, index }: Step, item: Item): MessageValue {
  const value = message.fields.get(field.number)?.value;
  return value === undefined ? message : withField(message, field, replaced(value, index, item));
}

/** Records that the schema does not explain, and bytes that could not be read (number -1). */
export function unknownRecords(message: MessageValue): readonly RecordSpan[] {
  const { source, dropped } = message;
  if (source === undefined) return noSpans;
  const { unknown } = recordsOf(source);
  return dropped.size === 0 ? unknown : unknown.filter((record) => !dropped.has(record));
}

/** The records of a source by what reads them. */
export interface SortedRecords {
  /** Those that a field reads, by its number, in the order of the source. */
  readonly known: ReadonlyMap<number, readonly RecordSpan[]>;
  readonly unknown: readonly RecordSpan[];
}

const sorted = new WeakMap<MessageSource, SortedRecords>();

/** The records of a source by what reads them: sorted once, however often the message is edited. */
export function recordsOf(source: MessageSource): SortedRecords {
  let records = sorted.get(source);
  if (records === undefined) {
    const known = Map.groupBy(
      source.records.filter((record) => !record.unknown),
      (record) => record.number,
    );
    records = { known, unknown: source.records.filter((record) => record.unknown) };
    sorted.set(source, records);
  }
  return records;
}

const noSpans: readonly RecordSpan[] = [];

/** The message without one of its unknown records, as `unknownRecords` gave it. */
export function withoutUnknown(message: MessageValue, record: RecordSpan): MessageValue {
  return { ...message, dropped: new Set(message.dropped).add(record) };
}

function replaced(value: FieldValue, index: number | undefined, item: Item): FieldValue {
  switch (value.kind) {
    case "single":
      return { kind: "single", item };
    case "list":
      return { kind: "list", items: value.items.map((other, at) => (at === index ? item : other)) };
    case "map":
      return { kind: "map", entries: value.entries.map((entry, at) => (at === index ? { key: entry.key, value: item } : entry)) };
  }
}
