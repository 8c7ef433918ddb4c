import type { FieldType, WireField } from "./message-table.ts";
import { readVarint, unzigzag } from "./varint.ts";

/** The number, bool or enum number at `start`..`end`, in decimal; "" when there are not enough bytes. NaN and infinities by name. */
export function scalarText(bytes: Uint8Array, start: number, end: number, field: Pick<WireField, "type">): string {
  const value = scalarValue(bytes, start, end, field.type);
  if (value === undefined) return "";
  return Object.is(value, -0) ? "-0" : String(value);
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
