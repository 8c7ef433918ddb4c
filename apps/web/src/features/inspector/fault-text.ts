import { explainFinding, type WireIndex, type WireRecord } from "@rpcdeck/wire";

/** What is wrong with a record that could not be read: "expected at most 2 bytes left in this message, found a length of 255". */
export function faultText(index: WireIndex, record: WireRecord): string | undefined {
  const { level, isMalformed, hasBadTag, field } = record;
  if (isMalformed && level.fault !== undefined) {
    const { expected, found } = explainFinding(index.bytes, level.fault.code, level.fault.offset, level.end, field);
    return `expected ${expected}, found ${found}`;
  }
  if (!hasBadTag) return undefined;
  const { expected, found } = explainFinding(
    index.bytes,
    record.number === 0 ? "field-zero" : "group-end-unmatched",
    record.start,
    level.end,
    field,
  );
  return `expected ${expected}, found ${found}`;
}
