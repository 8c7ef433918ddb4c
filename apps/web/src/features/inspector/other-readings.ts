import { fromBinary, type DescMessage, type Registry } from "@bufbuild/protobuf";
import {
  contentFromBytes,
  contentFromMessage,
  describeFinding,
  encodeMessage,
  linesFromProtoc,
  messageTable,
  parse,
  valueLines,
  type ValueLine,
  type WireIndex,
} from "@rpcdeck/wire";
import type { ProtocAnswer } from "#data/ask-protoc.ts";

/** What a reader makes of a message. */
export type Reading =
  | { readonly kind: "values"; readonly lines: readonly ValueLine[]; readonly warnings: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Longer messages are not compared, in bytes. */
export const maxComparedBytes = 1024 * 1024;

/** Our own reading: the wire tree by the rules of protobuf. Without what the user has chosen to read otherwise. */
export function ownReading(index: WireIndex, desc: DescMessage, registry: Registry | undefined): Reading {
  const plain = parse(index.bytes, desc, { origin: index.origin, ...(registry !== undefined && { registry }) });
  const { findings } = plain.validation();
  const error = findings.find(({ severity }) => severity === "error");
  if (error !== undefined) return { kind: "refused", reason: describeFinding(error, index.origin) };
  const warnings = findings.filter(({ code }) => code === "required-missing").map(({ expected }) => `missing: ${expected}`);
  return { kind: "values", lines: valueLines(contentFromBytes(plain).content), warnings };
}

/** The reading of protobuf-es, which runs in this page. Its unknown fields are looked at for extensions, which it reads on demand. */
export function protobufEsReading(bytes: Uint8Array, desc: DescMessage, registry: Registry | undefined): Reading {
  let message;
  try {
    message = fromBinary(desc, bytes);
  } catch (error) {
    return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
  const kept = encodeMessage(contentFromMessage(desc, message)).bytes;
  const index = parse(kept, desc, registry === undefined ? {} : { registry });
  return { kind: "values", lines: valueLines(contentFromBytes(index).content), warnings: [] };
}

/** The reading of protoc, from what the gateway brought. */
export function protocReading(answer: ProtocAnswer, desc: DescMessage, registry: Registry | undefined): Reading {
  if (answer.kind === "refused") return answer;
  const lines = linesFromProtoc(answer.text, messageTable(desc, registry));
  return lines === undefined
    ? { kind: "refused", reason: "its text is not understood" }
    : { kind: "values", lines, warnings: answer.warnings };
}

/** True when two readings differ in verdict or in any value. */
export function isOtherReading(ours: Reading, theirs: Reading): boolean {
  if (ours.kind !== "values" || theirs.kind !== "values") return ours.kind !== theirs.kind;
  if (ours.lines.length !== theirs.lines.length) return true;
  const values = new Map(ours.lines.map(({ path, text }) => [path, text]));
  return theirs.lines.some(({ path, text }) => values.get(path) !== text);
}
