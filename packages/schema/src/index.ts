export { findMessageTypes, typeNameOfUrl, urlOfType } from "./any-type.ts";
export { buildRegistry, type BuiltRegistry } from "./build-registry.ts";
export { type BytesNotation, halfSurrogateAt, parseBytes, printBytes } from "./bytes-text.ts";
export { assignChannels, channelFor, withoutIndices, type Channel } from "./channels.ts";
export { completeJson, hoverJson, type JsonCompletion, type JsonCompletions, type JsonHover, jsonPathAt } from "./complete-json.ts";
export { decodeDocument, type DecodedDocument } from "./decode-document.ts";
export type { DecodeProblem } from "./decode-problem.ts";
export { docComment } from "./doc-comment.ts";
export {
  emptyMessage,
  entriesAt,
  type Field,
  type FieldValue,
  isMessageValue,
  type Item,
  itemAt,
  itemsAt,
  itemTypeOf,
  itemOfStep,
  type ItemType,
  type MapEntry,
  messageIn,
  messageOf,
  type MessageValue,
  type PresentField,
  type RecordSpan,
  type Scalar,
  type Step,
  unknownRecords,
  updateIn,
  withField,
  withItem,
  withItemOfStep,
  withoutField,
  withoutUnknown,
} from "./document.ts";
export { type DurationParts, parseDurationText, printDuration } from "./duration-text.ts";
export { encodeDocument, sizeOfField, sizeOfItem } from "./encode-document.ts";
export { aliasesOf, parseEnum, printEnum } from "./enum-text.ts";
export { entryPath, fieldAt, fieldPath, itemPath, leadsTo, normalPath, summaryOf, unpackAny } from "./field-path.ts";
export { fileClosure } from "./file-closure.ts";
export { fieldPaths, maskTarget, type NamedField } from "./field-paths.ts";
export {
  type ControlKind,
  controlOf,
  extensionRows,
  type FieldRow,
  fieldRows,
  type FormRow,
  itemName,
  type Presence,
  rowOf,
  typeLabel,
} from "./form-model.ts";
export { formatJson } from "./format-json.ts";
export { type HiddenFromJson, hiddenFromJson } from "./hidden-from-json.ts";
export { importsRules } from "./imports-rules.ts";
export { jsonRangeOf, jsonRangesAround } from "./json-places.ts";
export { type JsonNode, lineAndColumn, type RangeProblem, readJsonTree } from "./json-tree.ts";
export { missingRequired } from "./missing-required.ts";
export { nearest } from "./nearest.ts";
export { integerLimits, parseFloating, parseInteger, printNumber, scalarName } from "./number-text.ts";
export { type Parsed, parsed, refused, type TextProblem } from "./parsed.ts";
export { type JsonProblem, parseJson, parseJsonItem, type ParsedJson } from "./parse-json.ts";
export { printJson, type PrintedJson, printMessage } from "./print-json.ts";
export { printText } from "./print-text.ts";
export { reconcile, sameMessage } from "./reconcile.ts";
export { sampleMessage, type SampleGuide } from "./sample-message.ts";
export {
  parseTimestampText,
  printTimestampJson,
  printTimestampText,
  timestampFromMs,
  type TimestampParts,
  type Zone,
} from "./time-text.ts";
export { isWrapper } from "./well-known.ts";
export { defaultOf, sameScalar, zeroOf } from "./zero-value.ts";
