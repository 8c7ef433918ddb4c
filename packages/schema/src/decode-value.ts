import { ScalarType } from "@bufbuild/protobuf";
import { type BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { report, type DecodeContext } from "./decode-problem.ts";
import type { ItemType, Scalar } from "./document.ts";

/** Messages nested deeper than this are kept as bytes, as in other protobuf implementations. */
export const maxDepth = 100;

/** The wire type of an item that is not packed. */
export function wireTypeOf(type: ItemType): WireType {
  switch (type.kind) {
    case "message":
      return type.delimited ? WireType.StartGroup : WireType.LengthDelimited;
    case "enum":
      return WireType.Varint;
    case "scalar":
      switch (type.scalar) {
        case ScalarType.DOUBLE:
        case ScalarType.FIXED64:
        case ScalarType.SFIXED64:
          return WireType.Bit64;
        case ScalarType.FLOAT:
        case ScalarType.FIXED32:
        case ScalarType.SFIXED32:
          return WireType.Bit32;
        case ScalarType.STRING:
        case ScalarType.BYTES:
          return WireType.LengthDelimited;
        default:
          return WireType.Varint;
      }
  }
}

const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the value of a scalar or enum, at the reader's position in `bytes`, which begin at `base` of the document. Throws where it breaks off. */
export function readScalar(
  type: Exclude<ItemType, { kind: "message" }>,
  reader: BinaryReader,
  bytes: Uint8Array,
  base: number,
  context: DecodeContext,
): Scalar {
  if (type.kind === "enum") return reader.int32();
  switch (type.scalar) {
    case ScalarType.DOUBLE:
      return reader.double();
    case ScalarType.FLOAT:
      return reader.float();
    case ScalarType.INT32:
      return reader.int32();
    case ScalarType.UINT32:
      return reader.uint32();
    case ScalarType.SINT32:
      return reader.sint32();
    case ScalarType.FIXED32:
      return reader.fixed32();
    case ScalarType.SFIXED32:
      return reader.sfixed32();
    case ScalarType.INT64:
      return BigInt(reader.int64());
    case ScalarType.UINT64:
      return BigInt(reader.uint64());
    case ScalarType.SINT64:
      return BigInt(reader.sint64());
    case ScalarType.FIXED64:
      return BigInt(reader.fixed64());
    case ScalarType.SFIXED64:
      return BigInt(reader.sfixed64());
    case ScalarType.BOOL:
      return reader.bool();
    case ScalarType.BYTES: {
      const [start, end] = lengthDelimited(reader, bytes);
      return bytes.slice(start, end);
    }
    case ScalarType.STRING: {
      const [start, end] = lengthDelimited(reader, bytes);
      const text = bytes.subarray(start, end);
      try {
        return strictUtf8.decode(text);
      } catch {
        report(context, { offset: base + start, message: "text that is not valid UTF-8" });
        return lenientUtf8.decode(text);
      }
    }
  }
}

/** Moves over a group whose start tag was read; the range of its content. */
export function group(reader: BinaryReader, number: number, maxInner: number): [start: number, end: number] {
  const start = reader.pos;
  for (;;) {
    const end = reader.pos;
    const [inner, wireType] = reader.tag();
    if (wireType === WireType.EndGroup) {
      if (inner !== number) throw new Error(`end of group ${inner} without its start`);
      return [start, end];
    }
    reader.skip(wireType, inner, maxInner);
    if (reader.pos > reader.len) throw new Error(`group ${number} is not closed`);
  }
}

/** Moves over a value of any wire type. The reader's own `skip` takes a length of 2^32 + n for n. */
export function skipValue(reader: BinaryReader, bytes: Uint8Array, wireType: WireType, fieldNumber: number, depthLeft: number): void {
  switch (wireType) {
    case WireType.LengthDelimited:
      lengthDelimited(reader, bytes);
      return;
    case WireType.StartGroup:
      if (depthLeft <= 0) throw new Error(`nested deeper than ${maxDepth} messages`);
      for (;;) {
        const [number, inner] = reader.tag();
        if (inner === WireType.EndGroup) {
          if (number !== fieldNumber) throw new Error(`end of group ${number} inside group ${fieldNumber}`);
          return;
        }
        skipValue(reader, bytes, inner, number, depthLeft - 1);
      }
    default:
      reader.skip(wireType, fieldNumber);
  }
}

/** Moves over a length and what it covers; the range of the latter. */
export function lengthDelimited(reader: BinaryReader, bytes: Uint8Array): [start: number, end: number] {
  // Not `uint32`, which drops the bits above the 32nd: 2^32 + 2 is no length of 2.
  const first = bytes[reader.pos] ?? 0;
  const length = first < 0x80 ? reader.uint32() : Number(reader.uint64());
  const start = reader.pos;
  const end = start + length;
  if (end > bytes.length) throw new Error(`length ${length} is more than the ${bytes.length - start} bytes left`);
  reader.pos = end;
  return [start, end];
}
