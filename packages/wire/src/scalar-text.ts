import type { FieldType, WireField } from "./message-table.ts";
import { readVarint, unzigzag } from "./varint.ts";

/** The number, bool or enum number at `start`..`end`, in decimal; "" when there are not enough bytes. NaN and infinities by name, floats as short as can be. */
export function scalarText(bytes: Uint8Array, start: number, end: number, field: Pick<WireField, "type">): string {
  const value = scalarValue(bytes, start, end, field.type);
  if (value === undefined) return "";
  if (field.type === "float" && typeof value === "number") return floatText(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The shortest decimal that reads back as the same 32-bit float: 0.1, not 0.10000000149011612. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0";
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** The value that a reader of protobuf gives for these bytes; undefined for types that are not numbers, and where bytes are missing. */
export function scalarValue(bytes: Uint8Array, start: number, end: number, type: FieldType): number | bigint | boolean | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  switch (type) {
    case "double":
      return view.byteLength < 8 ? undefined : view.getFloat64(0, true);
    case "float":
      return view.byteLength < 4 ? undefined : view.getFloat32(0, true);
    case "fixed64":
      return view.byteLength < 8 ? undefined : view.getBigUint64(0, true);
    case "sfixed64":
      return view.byteLength < 8 ? undefined : view.getBigInt64(0, true);
    case "fixed32":
      return view.byteLength < 4 ? undefined : view.getUint32(0, true);
    case "sfixed32":
      return view.byteLength < 4 ? undefined : view.getInt32(0, true);
    default:
  }
  if (view.byteLength === 0) return undefined;
  const raw = readVarint(bytes, start, end);
  switch (type) {
    case "uint64":
      return raw;
    case "int64":
      return BigInt.asIntN(64, raw);
    case "sint64":
      return unzigzag(raw);
    case "uint32":
      return Number(BigInt.asUintN(32, raw));
    case "int32":
    case "enum":
      return Number(BigInt.asIntN(32, raw));
    case "sint32":
      return Number(unzigzag(BigInt.asUintN(32, raw)));
    case "bool":
      return raw !== 0n;
    default:
      return undefined;
  }
}
