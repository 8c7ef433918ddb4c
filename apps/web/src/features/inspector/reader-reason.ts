import type { DiagnosticCode, WireIndex } from "@rpcdeck/wire";

/** Readers of protobuf that are set beside ours. */
export type OtherReader = "protobuf-es" | "protoc";

/** Findings for which protobuf-es is known to part from the reference, and how. */
const protobufEs: Partial<Record<DiagnosticCode, string>> = {
  "wire-type-mismatch":
    "protobuf-es does not set a known field aside when it comes with another wire type: it reads on at the wrong byte, or stops",
  "length-past-end": "protobuf-es does not hold what is inside a message to the message's length",
  "packed-truncated": "protobuf-es does not hold the elements of a packed run to the run's length",
  "varint-truncated": "protobuf-es does not hold what is inside a message to the message's length",
  "fixed-truncated": "protobuf-es does not hold what is inside a message to the message's length",
  "tag-truncated": "protobuf-es does not hold what is inside a message to the message's length",
  "length-truncated": "protobuf-es does not hold what is inside a message to the message's length",
  "length-too-large": "protobuf-es drops the bits of a length above the 32nd",
  "varint-too-long": "protobuf-es skips unknown varints of any length",
};

/** Findings for which protoc's reader parts from the others. */
const protoc: Partial<Record<DiagnosticCode, string>> = {
  "tag-too-long": "protoc drops the bits of a tag above the 32nd",
  "length-overlong": "protoc takes at most five bytes for a length",
};

/** Why a reader takes the bytes of a message for something else than we do, where that is known. */
export function reasonToDiffer(reader: OtherReader, index: WireIndex): string | undefined {
  const known = reader === "protoc" ? protoc : protobufEs;
  for (const { code } of index.validation().findings) {
    const reason = known[code];
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Why a reader has another value at a place, where that is known. */
export function reasonForValue(reader: OtherReader, ours: string | undefined, theirs: string | undefined): string | undefined {
  if (reader === "protoc") return undefined;
  if (theirs?.includes(String.raw`\357\277\275`) === true && ours?.includes(String.raw`\357\277\275`) === false)
    return "protobuf-es puts U+FFFD where text is not UTF-8, and sends that";
  return undefined;
}
