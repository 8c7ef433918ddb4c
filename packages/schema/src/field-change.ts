import type { Field, Item, MapEntry, MessageSource, MessageValue, PresentField } from "./document.ts";
import type { Patch } from "./patch.ts";

/** Writes what has no bytes to copy yet. */
export interface FreshWriter {
  /** A whole field, with its tags. */
  readonly field: (present: PresentField) => Uint8Array;
  /** A value without tag and length. */
  readonly value: (item: Item, field: Field) => Uint8Array;
  /** One element of a list with its tag, not packed. */
  readonly record: (item: Item, field: Field) => Uint8Array;
  /** The key of a map entry, without tag and length. */
  readonly key: (key: MapEntry["key"], field: Field) => Uint8Array;
  /** The key of a map entry with its tag. */
  readonly entryKey: (key: MapEntry["key"], field: Field) => Uint8Array;
  /** The value of a map entry with its tag. */
  readonly entryValue: (item: Item, field: Field) => Uint8Array;
}

/** What it takes to change the bytes of one field. */
export interface FieldChange {
  readonly source: MessageSource;
  readonly before: PresentField;
  readonly after: PresentField;
  readonly writer: FreshWriter;
  /** Changes of a message inside, in offsets of its own source. */
  readonly inside: (message: MessageValue) => readonly Patch[];
}
