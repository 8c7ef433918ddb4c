import { ScalarType } from "@bufbuild/protobuf";
import { emptyMessage, type Field, type Item, itemTypeOf, type ItemType, type Scalar } from "./document.ts";

/** The value that stands for "nothing" in a scalar or an enum: 0, false, "", no bytes, the first enum value. */
export function zeroOf(type: Exclude<ItemType, { kind: "message" }>): Scalar {
  if (type.kind === "enum") return type.enum.values[0]?.number ?? 0;
  switch (type.scalar) {
    case ScalarType.STRING:
      return "";
    case ScalarType.BYTES:
      return new Uint8Array();
    case ScalarType.BOOL:
      return false;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 0n;
    default:
      return 0;
  }
}

/** What a reader sees when the field is absent: the default of the schema (proto2), else zero; for items of lists and maps zero. */
export function defaultOf(field: Field): Item {
  const type = itemTypeOf(field);
  if (type.kind === "message") return emptyMessage(type.message);
  if (field.fieldKind === "scalar" || field.fieldKind === "enum") {
    const stated: unknown = field.getDefaultValue();
    if (typeof stated === "string" && type.kind === "scalar" && typeof zeroOf(type) === "bigint") return BigInt(stated);
    if (typeof stated === "string" || typeof stated === "number" || typeof stated === "bigint" || typeof stated === "boolean")
      return stated;
    if (stated instanceof Uint8Array) return stated;
  }
  return zeroOf(type);
}

/** True when two scalars are the same value: NaN equals itself, 0 and -0 differ, bytes are compared by content. */
export function sameScalar(a: Scalar, b: Scalar): boolean {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false;
    for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
    return true;
  }
  return Object.is(a, b);
}
