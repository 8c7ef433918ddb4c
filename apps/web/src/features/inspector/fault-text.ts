import { explainFinding, type WireIndex, type WireRecord } from "@rpcdeck/wire";

/** What is wrong with a record that could not be read: "expected at most 2 bytes left in this message, found a length of 255". */
export function faultText(index: WireIndex, record: WireRecord): string | undefined {
  const { level, isMalformed, hasBadTag, field } = record;
  const { origin } = index;
  if (isMalformed && level.fault !== undefined) {
    const { expected, found } = explainFinding(index.bytes, level.fault.code, {
      offset: level.fault.offset,
      limit: level.end,
      field,
      origin,
    });
    return `expected ${expected}, found ${found}`;
  }
  if (!hasBadTag) return undefined;
  const { expected, found } = explainFinding(index.bytes, record.number === 0 ? "field-zero" : "group-end-unmatched", {
    offset: record.start,
    limit: level.end,
    field,
    origin,
  });
  return `expected ${expected}, found ${found}`;
}
