import {
  contentFromBytes,
  isMessageSet,
  messageTable,
  parsePath,
  validate,
  valueLines,
  varintEnd,
  wireTypes,
  type MessageTable,
  type ReadingDifference,
  type WireField,
  type WireIndex,
  type WireLevel,
} from "@rpcdeck/wire";
import type { DescMessage, Registry } from "@bufbuild/protobuf";

/** Something on which protoc and we do not agree. */
export type Disagreement = {
  readonly type: DescMessage;
  readonly registry: Registry;
  readonly bytes: Uint8Array;
  readonly index: WireIndex;
} & (
  | { readonly about: "verdict"; readonly protocAccepts: boolean }
  /** A value of the wire tree, of the form, or of our canonical bytes as protoc reads them. */
  | { readonly about: "tree" | "form" | "canonical"; readonly difference: ReadingDifference }
);

/** A known reason to disagree, and which disagreements it covers. */
export interface Explanation {
  readonly name: string;
  /** Why, and who is right. */
  readonly reason: string;
  explains(disagreement: Disagreement): boolean;
}

/** protoc's reader takes lengths of up to five bytes. */
const maxProtocLengthBytes = 5;

/** Every reason for which protoc and we are known to disagree. What none of them covers fails the run. */
export const explanations: readonly Explanation[] = [
  {
    name: "verdict: tag beyond 32 bits",
    reason:
      "protoc's reader drops the bits of a tag above the 32nd; the conformance suite (BadTag_FieldNumberTooHigh) and other readers, ours too, refuse it.",
    explains(disagreement) {
      if (disagreement.about !== "verdict" || !disagreement.protocAccepts) return false;
      const { bytes, index } = disagreement;
      const errors = index.validation().findings.filter(({ severity }) => severity === "error");
      return errors.some(({ code, offset }) => code === "tag-too-long" && (bytes[offset + 4] ?? 0x80) < 0x80);
    },
  },
  {
    name: "verdict: length of six to ten bytes",
    reason:
      "protoc's reader takes at most five bytes for a length; for protobuf-es and us a longer spelling of a small number is a varint like any other.",
    explains: (disagreement) =>
      disagreement.about === "verdict" && !disagreement.protocAccepts && hasLongLength(disagreement.index, disagreement.index.root),
  },
  {
    name: "unknown value: tag of six to ten bytes",
    reason:
      "to show an unknown value, protoc tries to read it as a message with a reader that takes tags of ten bytes and drops their upper bits; we show its bytes.",
    explains: (disagreement) =>
      disagreement.about === "tree" &&
      valueLines(contentFromBytes(disagreement.index).content).some(
        ({ path, text }) => disagreement.difference.path.startsWith(path) && path.includes("#") && hasLongTag(text),
      ),
  },
  {
    name: "tree: MessageSet",
    reason:
      "the tree shows the groups, type ids and messages that are on the wire; protoc prints what they hold. That both accept the same is held beside packages/wire.",
    explains: (disagreement) => disagreement.about === "tree" && isInMessageSet(disagreement),
  },
  {
    name: "form: default sent",
    reason: "the form shows that a field without presence was sent with its default; protoc has no way to.",
    explains(disagreement) {
      if (disagreement.about !== "form") return false;
      const { ours, theirs } = disagreement.difference;
      const field = fieldAt(disagreement);
      const zero =
        field?.enum === undefined ? /^(?:0|false|"")$/u.exec(ours ?? "")?.[0] : field.enum.values.find(({ number }) => number === 0)?.name;
      return theirs === undefined && field?.isImplicit === true && ours === zero;
    },
  },
  {
    name: "form: text that is not UTF-8",
    reason: "the form shows U+FFFD for what cannot be read and sends the bytes as they came; protoc shows them.",
    explains(disagreement) {
      const field = disagreement.about === "form" ? fieldAt(disagreement) : undefined;
      const shown = disagreement.about === "form" ? (disagreement.difference.ours ?? "") : "";
      return field?.type === "string" && !field.verifiesUtf8 && shown.includes(String.raw`\357\277\275`);
    },
  },
  {
    name: "form: packed run with a number that its closed enum lacks",
    reason:
      "protoc keeps the other numbers of the run; the form leaves the whole run among the unknown fields, so that an edit keeps its bytes.",
    explains(disagreement) {
      const field = disagreement.about === "form" ? fieldAt(disagreement) : undefined;
      return field?.shape === "list" && field.enum?.open === false;
    },
  },
];

/** The field that the path of a difference leads to. */
function fieldAt(disagreement: Disagreement): WireField | undefined {
  if (disagreement.about === "verdict") return undefined;
  const parsed = parsePath(disagreement.difference.path);
  if (!("steps" in parsed)) return undefined;
  let table: MessageTable | undefined = messageTable(disagreement.type, disagreement.registry);
  let field: WireField | undefined;
  for (const { field: name } of parsed.steps) {
    field = typeof name === "string" ? table?.byName(name) : undefined;
    if (field?.shape === "map") field = { ...field, ...field.message?.().byNumber(2), shape: "map" };
    table = field?.message?.();
  }
  return field;
}

/** True where the path of a difference leads into a MessageSet, or to one that is empty to protoc while the tree shows what was sent in it. */
function isInMessageSet(disagreement: Disagreement): boolean {
  if (disagreement.about === "verdict") return false;
  const { path, theirs } = disagreement.difference;
  const parsed = parsePath(path);
  if (!("steps" in parsed)) return false;
  let table: MessageTable | undefined = messageTable(disagreement.type, disagreement.registry);
  for (const { field: name } of parsed.steps) {
    if (isMessageSet(table)) return true;
    const field: WireField | undefined = typeof name === "string" ? table?.byName(name) : undefined;
    table = field?.shape === "map" ? field.message?.().byNumber(2)?.message?.() : field?.message?.();
  }
  if (!isMessageSet(table) || theirs !== "{}") return false;
  return valueLines(contentFromBytes(disagreement.index).content).some((line) => line.path.startsWith(`${path}.`));
}

/** True when the bytes that `text` says, in quotation marks, are no message for the sake of a tag that is too long. */
function hasLongTag(text: string): boolean {
  if (!text.startsWith('"')) return false;
  const named: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
  const plain = text
    .slice(1, -1)
    .replace(/\\([0-7]{3}|.)/gu, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (named[code] ?? code),
    );
  return validate(Buffer.from(plain, "latin1")).findings.some(({ code }) => code === "tag-too-long");
}

function hasLongLength(index: WireIndex, level: WireLevel): boolean {
  if (level.kind === "packed") return false;
  for (let at = 0; at < level.count; at++) {
    const record = index.record(level, at);
    if (record === undefined) continue;
    const tagEnd = varintEnd(index.bytes, record.start, record.end);
    if (record.wireType === wireTypes.len && record.valueStart - tagEnd > maxProtocLengthBytes) return true;
    const inside = index.children(record);
    if (inside !== undefined && hasLongLength(index, inside)) return true;
  }
  return false;
}
