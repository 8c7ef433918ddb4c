import type { DescMessage } from "@bufbuild/protobuf";
import { alignRecords } from "./align-records.ts";
import { contentFromBytes, type DropReason } from "./content-from-bytes.ts";
import { hexOffset, type Finding } from "./diagnostic.ts";
import { encodeMessage, type EncodedRecord } from "./encode-message.ts";
import { readLength } from "./scan-level.ts";
import { parse } from "./parse.ts";
import { readVarint, varintEnd, varintLength } from "./varint.ts";
import type { ParseOptions, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** Why bytes are not what a canonical encoder writes. */
export type CanonicalReason =
  | DropReason
  | "tag-overlong"
  | "length-overlong"
  | "length-follows"
  | "varint-overlong"
  | "bits-dropped"
  | "bool-not-0-or-1"
  | "entry-default"
  | "merged"
  | "packing"
  | "order"
  | "unknown-spelling";

/** A range of the bytes, and the range that a canonical encoder has in its place. One of them may be empty. */
export interface CanonicalDifference {
  readonly reason: CanonicalReason;
  /** One line: "overwritten by 0x1f: the last one wins". */
  readonly text: string;
  /** Path of the record among the given bytes that it is about, "" for the message itself. */
  readonly path: string;
  readonly given: { readonly start: number; readonly end: number };
  readonly canonical: { readonly start: number; readonly end: number };
}

/** How bytes compare to the canonical ones. */
export type CanonicalComparison =
  | {
      readonly kind: "compared";
      /** What a canonical encoder writes for the same message. */
      readonly bytes: Uint8Array;
      /** In ascending order of both ranges: putting each canonical range in place of the given one makes the canonical bytes. None when equal. */
      readonly differences: readonly CanonicalDifference[];
    }
  /** The bytes are no valid message. */
  | { readonly kind: "invalid"; readonly finding: Finding }
  | { readonly kind: "too-large"; readonly limit: number };

/** How the given bytes are read. */
export type CanonicalOptions = Pick<ParseOptions, "registry" | "origin">;

/** Longer messages are not compared, in bytes. */
const maxComparedBytes = 1024 * 1024;

const dropTexts: Readonly<Record<DropReason, string>> = {
  overwritten: "a later value of the same field wins",
  cleared: "a later member of the same oneof clears it",
  default: "the default of a field without presence is not sent",
  "duplicate-key": "a later entry has the same key",
  "entry-unknown": "a map entry has a key and a value, nothing else",
  "empty-run": "an empty packed run says nothing",
};

/** Compares bytes with what a canonical encoder writes for the message they say. Entries of a map may come in any order. Never throws. */
export function compareCanonical(bytes: Uint8Array, desc?: DescMessage, options: CanonicalOptions = {}): CanonicalComparison {
  if (bytes.length > maxComparedBytes) return { kind: "too-large", limit: maxComparedBytes };
  const index = parse(bytes, desc, options);
  const fault = index.validation().findings.find(({ severity }) => severity === "error");
  if (fault !== undefined) return { kind: "invalid", finding: fault };
  const { content, dropped } = contentFromBytes(index);
  const encoded = encodeMessage(content);
  const differences: CanonicalDifference[] = [];
  const used = usesOf(encoded.records);
  compareLevel(index.root, encoded.records, { given: 0, canonical: 0 });
  return { kind: "compared", bytes: encoded.bytes, differences };

  /** `at`: where both levels begin. */
  function compareLevel(level: WireLevel, written: readonly EncodedRecord[], at: { given: number; canonical: number }): void {
    const records: WireRecord[] = [];
    for (let position = 0; position < level.count; position++) {
      const record = index.record(level, position);
      if (record !== undefined) records.push(record);
    }
    const pairs = alignRecords(records, written);
    let { given, canonical } = at;
    let [next, nextWritten] = [0, 0];
    for (const [position, writtenAt] of [...pairs, [records.length, written.length] as const]) {
      for (; next < position; next++) given = removed(records[next] as WireRecord, canonical);
      for (; nextWritten < writtenAt; nextWritten++) canonical = added(written[nextWritten] as EncodedRecord, given, level);
      const record = records[position];
      const twin = written[writtenAt];
      if (record === undefined || twin === undefined) return;
      compareRecord(record, twin);
      given = record.end;
      canonical = twin.end;
      next = position + 1;
      nextWritten = writtenAt + 1;
    }
  }

  function removed(record: WireRecord, canonical: number): number {
    const [reason, text] = reasonOfRemoval(record);
    note(reason, text, record, [record.start, record.end], [canonical, canonical]);
    return record.end;
  }

  function reasonOfRemoval(record: WireRecord): readonly [CanonicalReason, string] {
    const drop = dropped.get(record.start);
    if (drop !== undefined) return [drop, dropTexts[drop]];
    const use = used.get(record.start);
    if (record.field?.isPackable === true && (record.wireType === wireTypes.len || use?.wireType === wireTypes.len)) return packing(record);
    if (use !== undefined && use.from[0]?.start !== record.start)
      return ["merged", `merged into ${hexOffset((use.from[0]?.start ?? 0) + index.origin)}`];
    return order(record, use);
  }

  function added(twin: EncodedRecord, given: number, level: WireLevel): number {
    const [source] = twin.from;
    const about = source ?? level.parent;
    const [reason, text] = reasonOfAddition(twin, source, level);
    note(reason, text, about, [given, given], [twin.start, twin.end]);
    return twin.end;
  }

  function reasonOfAddition(twin: EncodedRecord, source: WireRecord | undefined, level: WireLevel): readonly [CanonicalReason, string] {
    if (source === undefined) return ["entry-default", "both parts of a map entry are written, the default too"];
    const isRun = twin.wireType === wireTypes.len && twin.inside.length > 0 && source.field?.isPackable === true;
    if (isRun || (source.level.kind === "packed" && !twin.isUnknown)) return packing(source);
    if (source.level.start !== level.start && !twin.isUnknown)
      return ["merged", `comes from ${hexOffset(source.start + index.origin)}: messages are merged`];
    return order(source, twin);
  }

  function compareRecord(record: WireRecord, twin: EncodedRecord): void {
    const isElement = record.level.kind === "packed";
    const tagEnd = isElement ? record.start : varintEnd(bytes, record.start, record.end);
    const twinTagEnd = isElement ? twin.start : varintEnd(encoded.bytes, twin.start, twin.end);
    piece("tag-overlong", "the tag takes more bytes than it needs", record, [record.start, tagEnd], [twin.start, twinTagEnd]);
    if (!isElement && record.wireType === wireTypes.len) {
      const isOverlong = record.valueStart - tagEnd > varintLength(readLength(bytes, tagEnd, record.valueStart));
      if (isOverlong)
        piece(
          "length-overlong",
          "the length takes more bytes than it needs",
          record,
          [tagEnd, record.valueStart],
          [twinTagEnd, twin.valueStart],
        );
      else
        piece(
          "length-follows",
          "the length follows from what is inside",
          record,
          [tagEnd, record.valueStart],
          [twinTagEnd, twin.valueStart],
        );
    }
    const inside = twin.isUnknown || (twin.inside.length === 0 && record.field?.message === undefined) ? undefined : index.children(record);
    if (inside === undefined) {
      const [reason, text] = reasonOfValue(record, twin);
      piece(reason, text, record, [record.valueStart, record.end], [twin.valueStart, twin.end]);
      return;
    }
    compareLevel(inside, twin.inside, { given: inside.start, canonical: twin.valueStart });
    if (record.wireType !== wireTypes.startGroup) return;
    const twinEnd = twin.inside.at(-1)?.end ?? twin.valueStart;
    piece("tag-overlong", "the end tag takes more bytes than it needs", record, [inside.end, record.end], [twinEnd, twin.end]);
  }

  function reasonOfValue(record: WireRecord, twin: EncodedRecord): readonly [CanonicalReason, string] {
    if (record.wireType === wireTypes.startGroup) return ["unknown-spelling", "an unknown group with varints longer than needed"];
    const value = readVarint(bytes, record.valueStart, record.end);
    const written = readVarint(encoded.bytes, twin.valueStart, twin.end);
    if (value === written) {
      return record.end - record.valueStart === 10 && (bytes[record.end - 1] ?? 0) > 1
        ? ["bits-dropped", "the tenth byte has bits that no 64-bit number has"]
        : ["varint-overlong", `${record.end - record.valueStart} bytes where ${twin.end - twin.valueStart} would do`];
    }
    if (record.field?.type === "bool") return ["bool-not-0-or-1", `${value} on the wire, read as true`];
    return ["bits-dropped", "more bits than the type has, or fewer than it is written with"];
  }

  /** Notes two ranges that should hold the same bytes, unless they do. */
  function piece(reason: CanonicalReason, text: string, about: WireRecord, given: Range, canonical: Range): void {
    const same =
      given[1] - given[0] === canonical[1] - canonical[0] &&
      bytes.subarray(given[0], given[1]).every((byte, at) => byte === encoded.bytes[canonical[0] + at]);
    if (!same) note(reason, text, about, given, canonical);
  }

  function note(reason: CanonicalReason, text: string, about: WireRecord | undefined, given: Range, canonical: Range): void {
    differences.push({
      reason,
      text,
      path: about === undefined ? "" : index.pathOf(about),
      given: { start: given[0], end: given[1] },
      canonical: { start: canonical[0], end: canonical[1] },
    });
  }
}

type Range = readonly [start: number, end: number];

function packing({ field }: WireRecord): readonly [CanonicalReason, string] {
  return [
    "packing",
    field?.isPacked === true ? "declared packed: its elements go into one run" : "declared unpacked: each element has its own tag",
  ];
}

function order(record: WireRecord, twin: EncodedRecord | undefined): readonly [CanonicalReason, string] {
  return twin?.isUnknown === true
    ? ["order", "unknown fields go behind the known ones"]
    : ["order", `fields go in ascending order: field ${record.number} is elsewhere`];
}

/** What became of each record that has a part in the message, by its `start`: of an element of a packed run, the run. */
function usesOf(records: readonly EncodedRecord[]): Map<number, EncodedRecord> {
  const used = new Map<number, EncodedRecord>();
  const visit = (list: readonly EncodedRecord[]): void => {
    for (const record of list) {
      for (const { start } of record.from) if (!used.has(start)) used.set(start, record);
      visit(record.inside);
    }
  };
  visit(records);
  return used;
}
