import type { DescMessage, Registry } from "@bufbuild/protobuf";
import type { Diagnostic } from "./diagnostic.ts";
import type { LenGuess } from "./guess.ts";
import type { MessageTable, WireField } from "./message-table.ts";
import type { Prepared, PreparedLevel } from "./prepare.ts";
import type { ReadAs } from "./read-as.ts";
import type { RecordArrays } from "./scan-level.ts";
import type { Validation } from "./validate.ts";
import type { WireType } from "./wire-type.ts";

/** The records of one message, the elements of one packed run, or the messages of one length-delimited stream. */
export interface WireLevel extends RecordArrays {
  readonly kind: "message" | "packed" | "stream";
  /** Undefined without a schema, in a packed run and in a stream. */
  readonly table: MessageTable | undefined;
  /** What the elements of a packed run are read as: the declared field, or one of the type that the user has chosen. */
  readonly element: WireField | undefined;
  /** The record whose content this is; undefined for the whole input. */
  readonly parent: WireRecord | undefined;
  /** 0 for the whole input. */
  readonly depth: number;
  /** What was found out about it beforehand; undefined where that is done when it is needed. */
  readonly prepared: PreparedLevel | undefined;
}

/** One record (or packed element, or message of a stream): a span of bytes. A value, made when asked for; `start` identifies it within its index. */
export interface WireRecord {
  readonly level: WireLevel;
  /** Position in its level. */
  readonly at: number;
  /** Field number; 0 where the tag could not be read, and in a stream. */
  readonly number: number;
  readonly wireType: WireType;
  readonly start: number;
  /** First byte of the value. For an element of a packed run it equals `start`; in a stream only the length is before it. */
  readonly valueStart: number;
  readonly end: number;
  /** Nothing after the fault could be read; the record goes to the end of its message. */
  readonly isMalformed: boolean;
  /** Field number 0, or an end tag that closes nothing. */
  readonly hasBadTag: boolean;
  /** The declared field; undefined when it is unknown, or known but not with this wire type. For an element of a packed run, `level.element`. */
  readonly field: WireField | undefined;
}

/** Smallest piece of the input that belongs to one record and one role. Parts tile the input. */
export interface WirePart {
  readonly role: "tag" | "length" | "value" | "end" | "fault" | "unread";
  readonly start: number;
  readonly end: number;
  readonly record: WireRecord;
  /** The record holds other records: this is its head or its end tag. */
  readonly isContainer: boolean;
}

/** How {@link parse} reads. */
export interface ParseOptions {
  /** Knows extensions and the types inside Any. */
  readonly registry?: Registry;
  /** Deepest nesting that is opened. Default 100. */
  readonly maxDepth?: number;
  /**
   * Readings the user has chosen, by field path (`fieldPathOf`), so that a choice holds for all items of a list. They win over schema and guess
   * in children, paths, values and readings; findings are always those of the schema. A choice that the wire type cannot carry is passed over.
   */
  readonly readAs?: ReadonlyMap<string, ReadAs>;
  /** What `prepare` made of the same bytes without chosen readings; saves the time, changes nothing else. Beside `readAs`, records alone are taken from it. */
  readonly prepared?: Prepared;
  /** Where the message begins in what is shown, behind the prefix of its frame. Default 0. */
  readonly origin?: number;
}

/**
 * A lossless view of bytes as protobuf records. The top level is indexed when it is made, others when they are asked for; nothing is copied
 * and nothing throws, whatever the bytes. The bytes must not change while it is used.
 */
export interface WireIndex {
  readonly bytes: Uint8Array;
  /** Added to every offset that notes, readings and findings name in words. Offsets as numbers count from the message's first byte. */
  readonly origin: number;
  readonly type: DescMessage | undefined;
  readonly root: WireLevel;
  /** The record at a position of a level; undefined beyond its end. */
  record(level: WireLevel, at: number): WireRecord | undefined;
  /** What a record holds: a message, group, map entry, packed run or stream; undefined for plain values. */
  children(record: WireRecord): WireLevel | undefined;
  /** Why an unknown length-delimited value is read as it is; undefined for other records. */
  guess(record: WireRecord): LenGuess | undefined;
  /** The reading that the user has chosen for a record; undefined where schema or guess decide. */
  choice(record: WireRecord): ReadAs | undefined;
  /**
   * Path in the notation of protobuf-es, with `#7` for an unnamed field, `~2` for a second occurrence, and `[3]` after the path of a value
   * that is read as a packed run or stream without being declared so.
   */
  pathOf(record: WireRecord): string;
  /** The record of a path, the first one for a list; undefined when nothing on the wire has it. */
  find(path: string): WireRecord | undefined;
  /** The part that the byte at `offset` belongs to; undefined outside the input. */
  partAt(offset: number): WirePart | undefined;
  /** The verdict on the whole input. Computed once, when first asked for. */
  validation(): Validation;
  /** The findings of {@link validation} with their paths. */
  diagnostics(): readonly Diagnostic[];
}
