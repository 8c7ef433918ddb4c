/** What can be wrong, or worth knowing, about bytes. */
export type DiagnosticCode =
  | "tag-truncated"
  | "tag-too-long"
  | "tag-overlong"
  | "field-zero"
  | "wire-type-invalid"
  | "varint-truncated"
  | "varint-too-long"
  | "varint-overlong"
  | "varint-bits-dropped"
  | "value-truncated"
  | "bool-not-0-or-1"
  | "fixed-truncated"
  | "length-truncated"
  | "length-too-large"
  | "length-past-end"
  | "length-overlong"
  | "group-unclosed"
  | "group-end-unmatched"
  | "packed-truncated"
  | "packed-empty"
  | "utf8-invalid"
  | "utf8-unchecked"
  | "wire-type-mismatch"
  | "reserved-number"
  | "reserved-by-schema"
  | "type-unknown"
  | "timestamp-seconds"
  | "timestamp-nanos"
  | "duration-seconds"
  | "duration-nanos"
  | "duration-signs"
  | "type-id-zero"
  | "required-missing"
  | "too-deep";

/** "error": protobuf's own readers reject the message. "warning": they drop or set something aside. "note": they accept it as it is. */
export type Severity = "error" | "warning" | "note";

/** One finding about bytes. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** First byte concerned. */
  readonly offset: number;
  /** What a well-formed message has there. */
  readonly expected: string;
  /** What is there. */
  readonly found: string;
  /** Name of the required field that is missing, and whether from the outermost message: such a field has no byte of its own. */
  readonly missing?: { readonly field: string; readonly isOutermost: boolean };
}

/** A finding and the field it belongs to. */
export interface Diagnostic extends Finding {
  /** Path of the innermost record at `offset`, "" for the message itself; of the field that is missing where one is. */
  readonly path: string;
}

const severities: Record<DiagnosticCode, Severity> = {
  "tag-truncated": "error",
  "tag-too-long": "error",
  "tag-overlong": "note",
  "field-zero": "error",
  "wire-type-invalid": "error",
  "varint-truncated": "error",
  "varint-too-long": "error",
  "varint-overlong": "note",
  "varint-bits-dropped": "note",
  "value-truncated": "note",
  "bool-not-0-or-1": "note",
  "fixed-truncated": "error",
  "length-truncated": "error",
  "length-too-large": "error",
  "length-past-end": "error",
  "length-overlong": "note",
  "group-unclosed": "error",
  "group-end-unmatched": "error",
  "packed-truncated": "error",
  "packed-empty": "note",
  "utf8-invalid": "error",
  "utf8-unchecked": "note",
  "wire-type-mismatch": "warning",
  "reserved-number": "note",
  "reserved-by-schema": "note",
  "type-unknown": "note",
  "timestamp-seconds": "note",
  "timestamp-nanos": "note",
  "duration-seconds": "note",
  "duration-nanos": "note",
  "duration-signs": "note",
  "type-id-zero": "error",
  "required-missing": "warning",
  "too-deep": "error",
};

/** The severity of a code. */
export function severityOf(code: DiagnosticCode): Severity {
  return severities[code];
}

/** `0x1f`, as every view writes an offset in words. */
export function hexOffset(offset: number): string {
  return `0x${offsetDigits(offset)}`;
}

/** `1f`, as a column of offsets has it: the digits of {@link hexOffset}, at least `minDigits` of them. */
export function offsetDigits(offset: number, minDigits = 2): string {
  return offset.toString(16).padStart(minDigits, "0");
}

/** One sentence: `at 0x10: expected at most 3 bytes left in the input, found a length of 255`. `origin` is that of the index or walk that found it. */
export function describeFinding({ offset, expected, found }: Finding, origin = 0): string {
  return `at ${hexOffset(offset + origin)}: expected ${expected}, found ${found}`;
}
