import type { MessageTable, WireField } from "./message-table.ts";
import type { WireRecord } from "./wire-index.ts";

/** A message as values, merged and settled: what an encoder is given. */
export interface MessageContent {
  /** Undefined without a schema: all of it is unknown then. */
  readonly table: MessageTable | undefined;
  /** Fields that are present, in ascending order of number. */
  readonly fields: readonly FieldContent[];
  /** What the schema does not know, in the order of arrival. */
  readonly unknown: readonly UnknownContent[];
}

/** A field and its values: one for a singular field, the entries of a map, the elements of a list. */
export interface FieldContent {
  readonly field: WireField;
  readonly values: readonly ValueContent[];
}

/** One value. */
export interface ValueContent {
  /** A message or map entry as content; anything else as the bytes of its canonical payload, without tag and length. */
  readonly value: Uint8Array | MessageContent;
  /** The records it was read from, several where messages were merged; none for what was not read from bytes. */
  readonly from: readonly WireRecord[];
}

/** A field that the schema does not know. */
export interface UnknownContent {
  readonly number: number;
  readonly wireType: 0 | 1 | 2 | 3 | 5;
  /** All that follows its tag, the length and the end tag of a group included. */
  readonly data: Uint8Array;
  readonly from: readonly WireRecord[];
}
