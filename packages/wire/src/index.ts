export { explainFinding } from "./explain-finding.ts";
export {
  describeFinding,
  hexOffset,
  offsetDigits,
  severityOf,
  type Diagnostic,
  type DiagnosticCode,
  type Finding,
  type Severity,
} from "./diagnostic.ts";
export { fieldPathOf } from "./field-path.ts";
export { guessLen, type GuessPool, type LenGuess, type LenReading } from "./guess.ts";
export { declaredPresence, unsetDefaults, type UnsetDefault } from "./declared-presence.ts";
export { decideReading, type Decision } from "./decide-reading.ts";
export { messageTable, type FieldType, type MessageTable, type WireField } from "./message-table.ts";
export { parse } from "./parse.ts";
export { buffersOf, prepare, type Prepared } from "./prepare.ts";
export { countUnknown } from "./level-facts.ts";
export { locate } from "./locate.ts";
export { joinPath, parsePath, type PathStep, stepText } from "./path-text.ts";
export { countRecords, defaultMaxDepth } from "./scan-level.ts";
export { createWalk, validate, type ValidateOptions, type Validation, type Walk } from "./validate.ts";
export type { ParseOptions, WireIndex, WireLevel, WirePart, WireRecord } from "./wire-index.ts";
export { varintEnd } from "./varint.ts";
export { maxFieldNumber, wireTypeName, wireTypes, type WireType } from "./wire-type.ts";
export { recordNotes, type RecordNote } from "./level-notes.ts";
export { canReadAs, parseReadAs, scalarReadingsOf, type ReadAs, type ScalarReading } from "./read-as.ts";
export { readings } from "./readings.ts";
export type { Reading } from "./value-reading.ts";
export { countText, valueText, type ValueText } from "./value-text.ts";
export { timestampText, wellKnownRootText, wellKnownText } from "./well-known.ts";
export { timeWalk, type WalkFigures } from "./bench-walk.ts";
export { edit, type EditResult } from "./edit.ts";
export type { WireValue } from "./encode-value.ts";
export { createDoc, type Splice, type WireDoc } from "./wire-doc.ts";
export { fromProtoscope, type FromProtoscope } from "./from-protoscope.ts";
export { toProtoscope } from "./to-protoscope.ts";
export { type Breakdown, createBreakdown, sizeBreakdown, type SizeEntry } from "./size-breakdown.ts";
export { recognisePaste, type PasteFormat, type PasteReading } from "./recognise-paste.ts";
export { compareCanonical, type CanonicalComparison, type CanonicalDifference, type CanonicalReason } from "./canonical.ts";
export { contentFromBytes, type BytesContent, type DropReason } from "./content-from-bytes.ts";
export { contentFromMessage } from "./content-from-message.ts";
export { encodeMessage, type EncodedMessage, type EncodedRecord } from "./encode-message.ts";
export type { FieldContent, MessageContent, UnknownContent, ValueContent } from "./message-content.ts";
export { isMessageSet, linesFromProtoc } from "./protoc-text.ts";
export { readingDifferences, type ReadingDifference } from "./reading-differences.ts";
export { valueLines, type ValueLine } from "./value-lines.ts";
