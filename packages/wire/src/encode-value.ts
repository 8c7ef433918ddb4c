import { wireTypeOf, type FieldType } from "./message-table.ts";
import { pushVarint, zigzag } from "./varint.ts";

/** A value to write: numbers and enum numbers as number or bigint, text as string, bytes and whole messages as bytes. */
export type WireValue = number | bigint | boolean | string | Uint8Array;

const integers: Partial<Record<FieldType, readonly [min: bigint, max: bigint]>> = {
  int32: [-(1n << 31n), (1n << 31n) - 1n],
  sint32: [-(1n << 31n), (1n << 31n) - 1n],
  sfixed32: [-(1n << 31n), (1n << 31n) - 1n],
  enum: [-(1n << 31n), (1n << 31n) - 1n],
  uint32: [0n, (1n << 32n) - 1n],
  fixed32: [0n, (1n << 32n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
  sint64: [-(1n << 63n), (1n << 63n) - 1n],
  sfixed64: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n],
  fixed64: [0n, (1n << 64n) - 1n],
};

/** The payload of a value, without tag and length, as the canonical encoder writes it; a string says why it does not fit the type. */
export function encodeValue(type: FieldType, value: WireValue): Uint8Array | string {
  const range = integers[type];
  if (range !== undefined) {
    const number = typeof value === "bigint" ? value : typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : undefined;
    if (number === undefined) return `${describe(value)} is no ${type}`;
    if (number < range[0] || number > range[1]) return `${number} is outside ${type}: ${range[0]} to ${range[1]}`;
    return encodeInteger(type, number);
  }
  switch (type) {
    case "bool":
      return typeof value === "boolean" ? Uint8Array.of(value ? 1 : 0) : `${describe(value)} is no bool`;
    case "double":
    case "float": {
      if (typeof value !== "number") return `${describe(value)} is no ${type}`;
      const bytes = new Uint8Array(type === "double" ? 8 : 4);
      const view = new DataView(bytes.buffer);
      if (type === "double") view.setFloat64(0, value, true);
      else view.setFloat32(0, value, true);
      return bytes;
    }
    case "string":
      if (value instanceof Uint8Array) return value;
      return typeof value === "string" ? new TextEncoder().encode(value) : `${describe(value)} is no string`;
    default:
      return value instanceof Uint8Array ? value : `${describe(value)} is no ${type}`;
  }
}

function encodeInteger(type: FieldType, number: bigint): Uint8Array {
  const wireType = wireTypeOf(type);
  if (wireType === 0) {
    const out: number[] = [];
    pushVarint(out, type === "sint32" || type === "sint64" ? zigzag(number) : BigInt.asUintN(64, number));
    return Uint8Array.from(out);
  }
  const bytes = new Uint8Array(wireType === 1 ? 8 : 4);
  const view = new DataView(bytes.buffer);
  if (wireType === 1) view.setBigUint64(0, BigInt.asUintN(64, number), true);
  else view.setUint32(0, Number(BigInt.asUintN(32, number)), true);
  return bytes;
}

/** Tag, length where there is one, payload, and the end tag of a group. */
export function encodeRecord(number: number, wireType: 0 | 1 | 2 | 3 | 5, payload: Uint8Array): Uint8Array {
  const head: number[] = [];
  pushVarint(head, ((number << 3) | wireType) >>> 0);
  if (wireType === 2) pushVarint(head, payload.length);
  const tail: number[] = [];
  if (wireType === 3) pushVarint(tail, ((number << 3) | 4) >>> 0);
  return concat([Uint8Array.from(head), payload, Uint8Array.from(tail)]);
}

/** All parts in one array. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function describe(value: WireValue): string {
  return value instanceof Uint8Array
    ? `${value.length} bytes`
    : typeof value === "string"
      ? JSON.stringify(value.slice(0, 40))
      : String(value);
}
