import type { WireField } from "./message-table.ts";
import { scalarText, scalarValue } from "./scalar-text.ts";
import { parsesStrictly, scanLevel } from "./scan-level.ts";
import { countPacked } from "./scan-packed.ts";
import { invalidUtf8At, textFrom } from "./utf8.ts";
import { countText, enumName, hexText, quoted } from "./value-text.ts";
import { readVarint, unzigzag, varintEnd, varintLength, zigzag } from "./varint.ts";
import { timestampText, wellKnownText } from "./well-known.ts";
import type { WireIndex, WireRecord } from "./wire-index.ts";
import { hexOffset } from "./diagnostic.ts";

/** One way to read the bytes of a value. */
export interface Reading {
  /** Name of the type: "string", "sint64", "packed", "time". */
  readonly as: string;
  readonly text: string;
  readonly tone: "string" | "number" | "quiet";
  /** Why this reading is or is not the chosen one; may be "". */
  readonly why: string;
  readonly isChosen: boolean;
}

/** Elements of a packed run, and records of a message, that a reading spells out. */
const maxListed = 12;
/** Bytes that the readings of a length-delimited value look at, beyond the chosen one. */
const maxGuessBytes = 64 * 1024;

/** Every reading of a record's value that makes sense, the chosen one first. Empty where nothing can be read. */
export function readings(index: WireIndex, record: WireRecord): Reading[] {
  if (record.isMalformed && index.children(record) === undefined) return [];
  const list: Reading[] = [];
  const add = (as: string, text: string, tone: Reading["tone"], why = "", isChosen = false): void => {
    if (isChosen) list.unshift({ as, text, tone, why, isChosen });
    else if (!list.some((known) => known.as === as)) list.push({ as, text, tone, why, isChosen });
  };
  const { wireType, field } = record;
  switch (wireType) {
    case 0:
      varintReadings(index.bytes, record, add);
      break;
    case 1:
    case 5:
      fixedReadings(index.bytes, record, add);
      break;
    case 2:
      lenReadings(index, record, add);
      break;
    case 3: {
      const inside = index.children(record);
      if (inside !== undefined)
        add("group", countText(inside), "quiet", field === undefined ? "no schema" : `as declared · ${field.message?.().typeName}`, true);
      break;
    }
    default:
  }
  return list;
}

type Add = (as: string, text: string, tone: Reading["tone"], why?: string, isChosen?: boolean) => void;

function varintReadings(bytes: Uint8Array, { valueStart, end, field }: WireRecord, add: Add): void {
  const raw = readVarint(bytes, valueStart, end);
  const signed = BigInt.asIntN(64, raw);
  const length = end - valueStart;
  if (field !== undefined) {
    const text = scalarText(bytes, valueStart, end, field);
    const why = ["as declared", ...varintNotes(raw, length, field)].join(" · ");
    if (field.type === "enum") {
      const name = enumName(field, text);
      add(
        "enum",
        `${text} ${name ?? ""}`.trim(),
        "number",
        name === undefined ? `${why} · no value of ${field.enum?.name} has this number` : why,
        true,
      );
    } else add(field.type, text, "number", why, true);
  } else add("uint64", String(raw), "number", "no schema", true);
  add("uint64", String(raw), "number");
  if (signed < 0n) add("int64", String(signed), "number");
  if (raw > 0xffff_ffffn) add("uint32", String(BigInt.asUintN(32, raw)), "number", "low 32 bits");
  if (raw > 0x7fff_ffffn) add("int32", String(BigInt.asIntN(32, raw)), "number", raw > 0xffff_ffffn ? "low 32 bits" : "");
  add("sint64", String(unzigzag(raw)), "number", "zigzag");
  if (raw < 2n) add("bool", String(raw === 1n), "number");
  const time = epochText(raw);
  if (time !== undefined) add("time", time.text, "quiet", `${time.unit} since 1970`);
}

function varintNotes(raw: bigint, length: number, field: WireField): string[] {
  const notes: string[] = [];
  const shortest = varintLength(raw);
  if (length > shortest) notes.push(`${length} bytes where ${shortest} would do`);
  const signed = BigInt.asIntN(64, raw);
  if (signed < 0n && length === 10 && (field.type === "int32" || field.type === "int64")) {
    notes.push(`negative: 10 bytes, s${field.type} would take ${varintLength(zigzag(signed))}`);
  }
  if (field.type === "bool" && raw > 1n) notes.push(`${raw} on the wire`);
  return notes;
}

/** A moment from 2000 to 2100, if the number is one in seconds, milliseconds, microseconds or nanoseconds. */
function epochText(raw: bigint): { text: string; unit: string } | undefined {
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

function fixedReadings(bytes: Uint8Array, { valueStart, end, field, wireType }: WireRecord, add: Add): void {
  const types = wireType === 1 ? (["fixed64", "sfixed64", "double"] as const) : (["fixed32", "sfixed32", "float"] as const);
  if (field !== undefined) {
    const notes = field.type === "double" || field.type === "float" ? floatNotes(bytes, valueStart, end) : [];
    add(field.type, scalarText(bytes, valueStart, end, field), "number", ["as declared", ...notes].join(" · "), true);
  }
  for (const type of types) {
    const isChosen = field === undefined && type === types[0];
    if (field?.type !== type) add(type, scalarText(bytes, valueStart, end, { type }), "number", isChosen ? "no schema" : "", isChosen);
  }
  const unsigned = scalarValue(bytes, valueStart, end, types[0]);
  const time = unsigned === undefined ? undefined : epochText(BigInt(unsigned));
  if (time !== undefined) add("time", time.text, "quiet", `${time.unit} since 1970`);
}

/** What the decimal text of a float hides: sign and payload of NaN, subnormals, minus zero. */
function floatNotes(bytes: Uint8Array, start: number, end: number): string[] {
  const isDouble = end - start === 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const bits = isDouble ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
  const [exponentBits, fractionBits] = isDouble ? [11n, 52n] : [8n, 23n];
  const sign = bits >> (exponentBits + fractionBits) === 1n ? "-" : "";
  const exponent = (bits >> fractionBits) & ((1n << exponentBits) - 1n);
  const fraction = bits & ((1n << fractionBits) - 1n);
  const top = (1n << exponentBits) - 1n;
  if (exponent === top && fraction !== 0n) {
    const isQuiet = fraction >> (fractionBits - 1n) === 1n;
    return [`${sign}${isQuiet ? "quiet" : "signalling"} NaN, payload 0x${(fraction & ((1n << (fractionBits - 1n)) - 1n)).toString(16)}`];
  }
  if (exponent === top) return [];
  const power = Number(exponent) - Number(top >> 1n);
  const digits = Number((fractionBits + 3n) / 4n);
  const shift = BigInt(digits) * 4n - fractionBits;
  const mantissa = (fraction << shift).toString(16).padStart(digits, "0").replace(/0+$/, "");
  if (exponent === 0n && fraction === 0n) return [`${sign}0x0p+0`];
  const lead = exponent === 0n ? "0" : "1";
  const shown = exponent === 0n ? power + 1 : power;
  return [
    `${sign}0x${lead}${mantissa === "" ? "" : `.${mantissa}`}p${shown < 0 ? "" : "+"}${shown}`,
    ...(exponent === 0n ? ["subnormal"] : []),
  ];
}

function lenReadings(index: WireIndex, record: WireRecord, add: Add): void {
  const { bytes } = index;
  const { field, valueStart: start, end } = record;
  const size = end - start;
  const isLarge = size > maxGuessBytes;
  const bad = isLarge && field?.type !== "string" ? -2 : invalidUtf8At(bytes, start, end);
  const guess = index.guess(record);
  const inside = index.children(record);
  const typeName = field?.message?.().typeName;

  if (field !== undefined && field.message !== undefined) {
    const wellKnown = wellKnownText(index, record);
    const what = field.shape === "map" ? "map entry" : "message";
    const facts = `as declared · ${typeName}`;
    add(what, wellKnown ?? messageText(bytes, start, end), "quiet", record.isMalformed ? `${facts} · cut` : facts, true);
  } else if (field?.isPackable === true) {
    add(
      "packed",
      packedText(bytes, start, end, field),
      "number",
      `${field.isPacked ? "as declared" : "declared unpacked"} · ${elementCount(countPacked(bytes, start, end, field), field.type)}`,
      true,
    );
  } else if (field?.type === "string") {
    const why =
      bad === -1
        ? `valid UTF-8 · ${characters(bytes, start, end)}`
        : `not UTF-8 at ${hexOffset(bad)}${field.verifiesUtf8 ? "" : ", not checked"}`;
    add("string", quoted(bytes, start, end), "string", `as declared · ${why}`, true);
  } else if (field?.type === "bytes") {
    if (inside !== undefined)
      add("message", messageText(bytes, start, end), "quiet", inside.table === undefined ? "read as chosen" : inside.table.typeName);
    add("bytes", hexText(bytes, start, end), "quiet", `as declared · ${count(size, "byte")}`, true);
  } else if (guess !== undefined) {
    const why =
      guess.chosen === "message"
        ? "parses, and is no text"
        : guess.chosen === "string"
          ? `valid UTF-8 · ${characters(bytes, start, end)}`
          : count(size, "byte");
    const text =
      guess.chosen === "message"
        ? messageText(bytes, start, end)
        : guess.chosen === "string"
          ? quoted(bytes, start, end)
          : hexText(bytes, start, end);
    add(guess.chosen, text, guess.chosen === "string" ? "string" : "quiet", `no schema · ${why}`, true);
  }

  if (size === 0) return;
  if (bad === -1) add("string", quoted(bytes, start, end), "string", `valid UTF-8 · ${characters(bytes, start, end)}`);
  if (!isLarge && parsesStrictly(bytes, start, end))
    add("message", messageText(bytes, start, end), "quiet", bad === -1 ? "also parses; unlikely" : "also parses");
  if (!isLarge) {
    const varints = wholeVarints(bytes, start, end);
    if (varints !== undefined) add("packed", varints.text, "number", elementCount(varints.count, "varint"));
    for (const [type, width] of [
      ["fixed32", 4],
      ["fixed64", 8],
    ] as const) {
      if (varints === undefined && size % width === 0 && size > width) {
        add(`packed ${type}`, packedText(bytes, start, end, { type }), "number", elementCount(size / width, type));
      }
    }
  }
  if (bad !== -1) add("bytes", hexText(bytes, start, end), "quiet", count(size, "byte"));
}

function messageText(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return "empty";
  const level = scanLevel(bytes, start, Math.min(end, start + maxGuessBytes));
  const parts: string[] = [];
  for (let at = 0; at < level.count && parts.length < maxListed; at++) {
    const tag = level.tags[at] as number;
    const from = level.valueStarts[at] as number;
    const to = level.ends[at] as number;
    const number = tag >>> 3;
    if (level.flags[at] !== 0) parts.push("…");
    else if ((tag & 7) === 0) parts.push(`${number}: ${readVarint(bytes, from, to)}`);
    else if ((tag & 7) === 1) parts.push(`${number}: fixed64 ${scalarText(bytes, from, to, { type: "fixed64" })}`);
    else if ((tag & 7) === 5) parts.push(`${number}: fixed32 ${scalarText(bytes, from, to, { type: "fixed32" })}`);
    else if ((tag & 7) === 2)
      parts.push(
        `${number}: ${invalidUtf8At(bytes, from, to) === -1 ? quoted(bytes, from, Math.min(to, from + 60)) : count(to - from, "byte")}`,
      );
    else parts.push(`${number}: {…}`);
  }
  return `${parts.join("  ")}${level.count > parts.length ? "  …" : ""}`;
}

function packedText(bytes: Uint8Array, start: number, end: number, field: Pick<WireField, "type">): string {
  const width = { double: 8, fixed64: 8, sfixed64: 8, float: 4, fixed32: 4, sfixed32: 4 }[field.type as string] ?? 0;
  const values: string[] = [];
  let at = start;
  while (at < end && values.length < maxListed) {
    const next = width === 0 ? varintEnd(bytes, at, end) : at + width;
    if (next < 0 || next > end) {
      values.push("…");
      break;
    }
    values.push(scalarText(bytes, at, next, field));
    at = next;
  }
  return `[${values.join(" ")}${at < end && values.length === maxListed ? " …" : ""}]`;
}

function wholeVarints(bytes: Uint8Array, start: number, end: number): { text: string; count: number } | undefined {
  let total = 0;
  for (let at = start; at < end; total++) {
    const next = varintEnd(bytes, at, end);
    if (next < 0) return undefined;
    at = next;
  }
  return { text: packedText(bytes, start, end, { type: "uint64" }), count: total };
}

function characters(bytes: Uint8Array, start: number, end: number): string {
  let total = 0;
  for (let at = start; at < end; at++) if (((bytes[at] as number) & 0xc0) !== 0x80) total++;
  const bom = textFrom(bytes, start, Math.min(end, start + 3)).startsWith("\ufeff") ? " · begins with a byte order mark" : "";
  return `${count(total, "character")}${bom}`;
}

function count(total: number, noun: string): string {
  return `${total.toLocaleString("en")} ${noun}${total === 1 ? "" : "s"}`;
}

function elementCount(total: number, type: string): string {
  return type === "varint" || total !== 1 ? count(total, type === "varint" ? "varint" : "element") : "1 element";
}
