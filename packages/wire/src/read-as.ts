import type { WireType } from "./wire-type.ts";

const varintTypes = ["uint64", "int64", "sint64", "uint32", "int32", "sint32", "bool"] as const;
const fixed32Types = ["fixed32", "sfixed32", "float"] as const;
const fixed64Types = ["fixed64", "sfixed64", "double"] as const;

/** A number or bool: what a varint, a fixed-width value or an element of a packed run can be read as. */
export type ScalarReading = (typeof varintTypes)[number] | (typeof fixed32Types)[number] | (typeof fixed64Types)[number];

/**
 * How a value is to be read, as the user chooses it: `message` is one without a schema, `message pkg.Type` one of a type that the registry
 * knows, `map entry` a message of key and value, `any` a google.protobuf.Any, `stream` messages with their lengths before them.
 */
export type ReadAs =
  | "string"
  | "bytes"
  | "message"
  | "map entry"
  | "any"
  | "stream"
  | `message ${string}`
  | `packed ${ScalarReading}`
  | ScalarReading;

/** Scalars that a wire type can carry; none for LEN and groups. */
export function scalarReadingsOf(wireType: WireType): readonly ScalarReading[] {
  return wireType === 0 ? varintTypes : wireType === 1 ? fixed64Types : wireType === 5 ? fixed32Types : [];
}

/** A choice from text, such as a link; undefined for what is none. */
export function parseReadAs(text: string): ReadAs | undefined {
  switch (text) {
    case "string":
    case "bytes":
    case "message":
    case "map entry":
    case "any":
    case "stream":
      return text;
    default:
  }
  if (isScalarReading(text)) return text;
  const packed = text.startsWith("packed ") ? text.slice("packed ".length) : "";
  if (isScalarReading(packed)) return `packed ${packed}`;
  const typeName = text.startsWith("message ") ? text.slice("message ".length) : "";
  return /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(typeName) ? `message ${typeName}` : undefined;
}

/** Whether a value of `wireType` can be read so. An element of a packed run has the wire type of its element. */
export function canReadAs(wireType: WireType, as: ReadAs): boolean {
  return isScalarReading(as) ? scalarReadingsOf(wireType).includes(as) : wireType === 2;
}

/** The element type of a packed reading; undefined for the others. */
export function packedTypeOf(as: ReadAs): ScalarReading | undefined {
  if (!as.startsWith("packed ")) return undefined;
  const type = as.slice("packed ".length);
  return isScalarReading(type) ? type : undefined;
}

/** The type name of a `message pkg.Type` reading; undefined for the others. */
export function messageTypeOf(as: ReadAs): string | undefined {
  return as.startsWith("message ") ? as.slice("message ".length) : undefined;
}

/** True for the name of a number type or bool. */
export function isScalarReading(text: string): text is ScalarReading {
  const known: readonly string[] = [...varintTypes, ...fixed32Types, ...fixed64Types];
  return known.includes(text);
}
