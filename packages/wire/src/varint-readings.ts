import type { WireField } from "./message-table.ts";
import { scalarText } from "./scalar-text.ts";
import type { Candidate } from "./value-reading.ts";
import { enumName } from "./value-text.ts";
import { readVarint, varintLength, zigzag } from "./varint.ts";
import { timestampText } from "./well-known.ts";

/** Every reading of a varint, the most likely first: without a schema uint64, then what the value suggests. */
export function varintReadings(bytes: Uint8Array, start: number, end: number, declared: WireField | undefined): Candidate[] {
  const raw = readVarint(bytes, start, end);
  const length = end - start;
  const isWide = raw > 0xffff_ffffn;
  const isNegative = BigInt.asIntN(64, raw) < 0n;
  const scalar = (as: "uint64" | "int64" | "uint32" | "int32" | "sint64" | "sint32" | "bool", why: string): Candidate => ({
    as,
    readAs: as,
    text: scalarText(bytes, start, end, { type: as }),
    tone: "number",
    why: [why, ...varintNotes(raw, length, as)].filter((part) => part !== "").join(" · "),
  });
  const time = epochText(raw);
  const lowBits = isWide ? "low 32 bits" : "";
  return [
    ...(declared?.type === "enum" ? [enumReading(bytes, { start, end }, declared)] : []),
    scalar("uint64", ""),
    ...(isNegative ? [scalar("int64", "")] : []),
    ...(raw < 2n ? [scalar("bool", "0 or 1")] : []),
    ...(time === undefined ? [] : [{ as: "time", text: time.text, tone: "quiet", why: `${time.unit} since 1970` } as const]),
    scalar("sint64", "zigzag"),
    ...(isNegative ? [] : [scalar("int64", "")]),
    scalar("int32", isWide && !isNegative ? lowBits : ""),
    scalar("uint32", lowBits),
    scalar("sint32", isWide ? "zigzag, low 32 bits" : "zigzag"),
    ...(raw < 2n ? [] : [{ ...scalar("bool", "not 0 or 1, read as true"), isUnlikely: true }]),
  ];
}

function enumReading(bytes: Uint8Array, { start, end }: { start: number; end: number }, field: WireField): Candidate {
  const number = scalarText(bytes, start, end, field);
  const name = enumName(field, number);
  const notes = varintNotes(readVarint(bytes, start, end), end - start, "enum");
  if (name === undefined) notes.push(`no value of ${field.enum?.name} has this number`);
  return { as: "enum", text: name === undefined ? number : `${number} ${name}`, tone: "number", why: notes.join(" · ") };
}

/** What the number does not say: more bytes than needed, and ten of them for a negative one. */
function varintNotes(raw: bigint, length: number, type: string): string[] {
  const notes: string[] = [];
  const shortest = varintLength(raw);
  if (length > shortest) notes.push(`${length} bytes where ${shortest} would do`);
  const signed = BigInt.asIntN(64, raw);
  if (signed < 0n && length === 10) {
    const wouldTake = varintLength(zigzag(signed));
    if (type === "int32" || type === "int64") notes.push(`negative: 10 bytes, s${type} would take ${wouldTake}`);
    if (type === "enum") notes.push(`negative: 10 bytes, sint32 would take ${wouldTake}; enums have no zigzag`);
    if (type === "uint64") notes.push("10 bytes, as negative numbers take");
  }
  return notes;
}

/** A moment from 2000 to 2100, if the number is one in seconds, milliseconds, microseconds or nanoseconds. */
export function epochText(raw: bigint): { text: string; unit: string } | undefined {
  const from = 946_684_800n;
  const to = 4_102_444_800n;
  for (const [unit, scale] of [
    ["seconds", 1n],
    ["milliseconds", 1000n],
    ["microseconds", 1_000_000n],
    ["nanoseconds", 1_000_000_000n],
  ] as const) {
    if (raw >= from * scale && raw < to * scale) {
      return { unit, text: timestampText(raw / scale, (raw % scale) * (1_000_000_000n / scale)) };
    }
  }
  return undefined;
}
