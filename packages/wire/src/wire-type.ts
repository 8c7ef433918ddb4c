/** The low three bits of a tag. 6 and 7 are not defined. */
export type WireType = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Wire types by name. */
export const wireTypes = { varint: 0, i64: 1, len: 2, startGroup: 3, endGroup: 4, i32: 5 } as const;

const names = ["VARINT", "I64", "LEN", "SGROUP", "EGROUP", "I32", "6", "7"] as const;

/** Name of a wire type as protobuf's encoding guide writes it; "6" and "7" for the undefined ones. */
export function wireTypeName(wireType: WireType): (typeof names)[number] {
  return names[wireType];
}

/** Largest field number: 2^29 - 1. */
export const maxFieldNumber = 0x1fff_ffff;
