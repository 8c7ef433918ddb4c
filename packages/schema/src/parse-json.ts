import { type DescField, type DescMessage, type Registry, ScalarType } from "@bufbuild/protobuf";
import { typeNameOfUrl } from "./any-type.ts";
import { halfSurrogateAt, parseBase64 } from "./bytes-text.ts";
import {
  emptyMessage,
  type Field,
  type FieldValue,
  type Item,
  itemTypeOf,
  type ItemType,
  type MapEntry,
  type MessageValue,
  withField,
} from "./document.ts";
import { parseDurationJson } from "./duration-text.ts";
import { encodeDocument } from "./encode-document.ts";
import { parseEnum } from "./enum-text.ts";
import { maskFromJson } from "./field-mask.ts";
import { type JsonMember, type JsonNode, lineAndColumn, type RangeProblem, readJsonTree } from "./json-tree.ts";
import { nearest } from "./nearest.ts";
import { floatInRange, integerLimits, parseFloating, parseJsonInteger, scalarName } from "./number-text.ts";
import type { Parsed } from "./parsed.ts";
import { hasOwnJson } from "./print-json.ts";
import { parseTimestampJson } from "./time-text.ts";
import { isWrapper } from "./well-known.ts";

/** A place in a JSON text that does not fit the schema, or is no JSON. `line` and `column` count from 1, `from` and `to` are offsets. */
export interface JsonProblem extends RangeProblem {
  readonly line: number;
  readonly column: number;
}

/** A message from JSON, or everything that is wrong with the text, in its order. */
export type ParsedJson =
  | { readonly ok: true; readonly message: MessageValue }
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

/**
 * Reads ProtoJSON: json_name and proto names, 64-bit integers exact as number or text, enums by name or number, extensions as `[full.name]`,
 * and the extra forms of `printMessage`. Never throws; all problems are found in one go. White space alone is an empty message.
 */
export function parseJson(desc: DescMessage, registry: Registry | undefined, text: string): ParsedJson {
  if (text.trim() === "") return { ok: true, message: emptyMessage(desc) };
  const tree = readJsonTree(text);
  const problems: RangeProblem[] = [...tree.problems];
  const reader: Reader = {
    registry,
    report: (node, message) => problems.push({ message, from: node.start, to: Math.max(node.end, node.start + 1) }),
  };
  const message = readMessage(desc, tree.root, reader);
  if (problems.length === 0) return { ok: true, message };
  const sorted = problems.toSorted((a, b) => a.from - b.from);
  return { ok: false, problems: sorted.map((problem) => ({ ...problem, ...lineAndColumn(text, problem.from) })) };
}

/** Reads a fragment: one item of a field, such as a google.protobuf.Value in a form. */
export function parseJsonItem(type: ItemType, registry: Registry | undefined, text: string): Parsed<Item> {
  const tree = readJsonTree(text);
  const problems: RangeProblem[] = [...tree.problems];
  const item = readItem(type, tree.root, {
    registry,
    report: (node, message) => problems.push({ message, from: node.start, to: node.end }),
  });
  const first = problems[0];
  if (first !== undefined) return { ok: false, problem: { message: first.message, position: first.from } };
  return item === undefined ? { ok: false, problem: { message: "null is no value here", position: 0 } } : { ok: true, value: item };
}

interface Reader {
  readonly registry: Registry | undefined;
  readonly report: (node: { readonly start: number; readonly end: number }, message: string) => void;
}

/** The field that a JSON key names: by json_name, proto name, or `[extension]`. */
export function fieldOfKey(desc: DescMessage, registry: Registry | undefined, key: string): Field | undefined {
  const field = keysOf(desc).get(key);
  if (field !== undefined) return field;
  if (!key.startsWith("[") || !key.endsWith("]")) return undefined;
  const extension = registry?.getExtension(key.slice(1, -1));
  return extension?.extendee.typeName === desc.typeName ? extension : undefined;
}

const keys = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

function keysOf(desc: DescMessage): ReadonlyMap<string, DescField> {
  let map = keys.get(desc);
  if (map === undefined) {
    map = new Map([
      ...desc.fields.map((field) => [field.name, field] as const),
      ...desc.fields.map((field) => [field.jsonName, field] as const),
    ]);
    keys.set(desc, map);
  }
  return map;
}

function readMessage(desc: DescMessage, node: JsonNode, reader: Reader): MessageValue {
  const special = readWellKnown(desc, node, reader);
  if (special !== undefined) return special;
  if (node.kind === "object") return readFields(desc, node.members, reader);
  if (node.kind !== "missing") reader.report(node, `${desc.name} is an object, this is ${nameOf(node)}`);
  return emptyMessage(desc);
}

function readFields(desc: DescMessage, members: readonly JsonMember[], reader: Reader): MessageValue {
  let message = emptyMessage(desc);
  const seen = new Map<Field, string>();
  for (const { key, value } of members) {
    const field = fieldOfKey(desc, reader.registry, key.value);
    if (field === undefined) {
      const close = nearest(
        key.value,
        desc.fields.map((candidate) => candidate.jsonName),
      );
      reader.report(key, `${desc.name} has no field “${key.value}”${close === undefined ? "" : `; did you mean ${close}`}`);
      continue;
    }
    const before = seen.get(field);
    if (before !== undefined) {
      reader.report(key, before === key.value ? `“${key.value}” stands here twice` : `“${key.value}” is the same field as “${before}”`);
      continue;
    }
    seen.set(field, key.value);
    const present = readFieldValue(field, value, reader);
    if (present === undefined) continue;
    const rival = field.oneof?.fields.find((sibling) => sibling !== field && message.fields.has(sibling.number));
    if (rival !== undefined) reader.report(key, `${field.oneof?.name} holds one field; ${rival.jsonName} is set already`);
    message = withField(message, field, present);
  }
  return { ...message, touched: new Set() };
}

/** The value of a field; undefined when null says that it is absent, or when it is no value. */
function readFieldValue(field: Field, node: JsonNode, reader: Reader): FieldValue | undefined {
  const type = itemTypeOf(field);
  if (node.kind === "literal" && node.value === null && !takesNull(type)) return undefined;
  if (field.fieldKind === "list") {
    if (node.kind !== "array") {
      if (node.kind !== "missing") reader.report(node, `${field.name} is repeated and stands in [ ], this is ${nameOf(node)}`);
      return undefined;
    }
    const items: Item[] = [];
    for (const child of node.items) {
      const item = readItem(type, child, reader);
      if (item !== undefined) items.push(item);
    }
    return { kind: "list", items };
  }
  if (field.fieldKind === "map") return readMap(field.mapKey, field.name, type, node, reader);
  const item = readItem(type, node, reader);
  return item === undefined ? undefined : { kind: "single", item };
}

function takesNull(type: ItemType): boolean {
  return (
    (type.kind === "message" && type.message.typeName === "google.protobuf.Value") ||
    (type.kind === "enum" && type.enum.typeName === "google.protobuf.NullValue")
  );
}

function readMap(keyType: ScalarType, name: string, type: ItemType, node: JsonNode, reader: Reader): FieldValue | undefined {
  if (node.kind !== "object") {
    if (node.kind !== "missing") reader.report(node, `${name} is a map and stands in { }, this is ${nameOf(node)}`);
    return undefined;
  }
  const entries = new Map<MapEntry["key"], MapEntry>();
  for (const member of node.members) {
    const key = readKey(keyType, member.key, reader);
    const value = readItem(type, member.value, reader);
    if (key === undefined || value === undefined) continue;
    if (entries.has(key)) reader.report(member.key, `key ${JSON.stringify(member.key.value)} stands here twice`);
    entries.set(key, { key, value });
  }
  return { kind: "map", entries: [...entries.values()] };
}

function readKey(type: ScalarType, node: Extract<JsonNode, { kind: "string" }>, reader: Reader): MapEntry["key"] | undefined {
  if (type === ScalarType.STRING) {
    if (halfSurrogateAt(node.value) >= 0) reader.report(node, "half of a surrogate pair");
    return node.value;
  }
  if (type === ScalarType.BOOL) {
    if (node.value === "true" || node.value === "false") return node.value === "true";
    reader.report(node, `“${node.value}” is neither true nor false`);
    return undefined;
  }
  return take(parseJsonInteger(node.value, type), node, reader);
}

function take<Value>(result: Parsed<Value>, node: JsonNode, reader: Reader): Value | undefined {
  if (result.ok) return result.value;
  reader.report(node, result.problem.message);
  return undefined;
}

function readItem(type: ItemType, node: JsonNode, reader: Reader): Item | undefined {
  if (node.kind === "missing") return undefined;
  if (type.kind === "message") return readMessage(type.message, node, reader);
  if (type.kind === "enum") {
    if (type.enum.typeName === "google.protobuf.NullValue" && node.kind === "literal" && node.value === null) return 0;
    if (node.kind === "string" && !/^[+-]?\d+$/.test(node.value.trim()) && node.value === node.value.trim())
      return take(parseEnum(node.value, type.enum), node, reader);
    if (node.kind === "number") {
      const whole = take(parseJsonInteger(node.text, ScalarType.INT32), node, reader);
      return whole === undefined ? undefined : take(parseEnum(String(whole), type.enum), node, reader);
    }
    reader.report(node, `${type.enum.name} is a name such as "${type.enum.values[0]?.name ?? ""}" or a number, this is ${nameOf(node)}`);
    return undefined;
  }
  return readScalar(type.scalar, node, reader);
}

function readScalar(scalar: ScalarType, node: Exclude<JsonNode, { kind: "missing" }>, reader: Reader): Item | undefined {
  const wrong = (needed: string): undefined => {
    reader.report(node, `${scalarName(scalar)} is ${needed}, this is ${nameOf(node)}`);
    return undefined;
  };
  switch (scalar) {
    case ScalarType.STRING:
      if (node.kind !== "string") return wrong("text");
      if (halfSurrogateAt(node.value) >= 0) reader.report(node, "half of a surrogate pair");
      return node.value;
    case ScalarType.BYTES:
      return node.kind === "string" ? take(parseBase64(node.value), node, reader) : wrong("base64 text");
    case ScalarType.BOOL:
      return node.kind === "literal" && node.value !== null ? node.value : wrong("true or false");
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      if (node.kind === "number") return take(floatInRange(Number(node.text), node.text, scalar), node, reader);
      if (node.kind !== "string") return wrong("a number");
      if (/^[+-]?inf/i.test(node.value) && !/^-?Infinity$/.test(node.value)) return wrong("a number, NaN, Infinity or -Infinity");
      return take(parseFloating(node.value === "" || /^\s|\s$/.test(node.value) ? "?" : node.value, scalar), node, reader);
    default:
      if (node.kind === "number") return take(parseJsonInteger(node.text, scalar), node, reader);
      if (node.kind === "string") return take(parseJsonInteger(node.value, scalar), node, reader);
      return wrong(`a whole number from ${integerLimits(scalar)?.join(" to ") ?? ""}`);
  }
}

/** Messages whose JSON is not an object of their fields; undefined for all others, and for those written by their fields. */
function readWellKnown(desc: DescMessage, node: JsonNode, reader: Reader): MessageValue | undefined {
  if (node.kind === "missing") return undefined;
  const [first, second] = desc.fields;
  switch (desc.typeName) {
    case "google.protobuf.Any":
      return readAny(desc, node, reader);
    case "google.protobuf.Timestamp":
    case "google.protobuf.Duration": {
      if (node.kind === "object") return undefined;
      if (node.kind !== "string" || first === undefined || second === undefined) {
        reader.report(node, `${desc.name} is text, this is ${nameOf(node)}`);
        return emptyMessage(desc);
      }
      const parts = take(desc.name === "Timestamp" ? parseTimestampJson(node.value) : parseDurationJson(node.value), node, reader);
      let message = emptyMessage(desc);
      if (parts !== undefined && parts.seconds !== 0n) message = withField(message, first, { kind: "single", item: parts.seconds });
      if (parts !== undefined && parts.nanos !== 0) message = withField(message, second, { kind: "single", item: parts.nanos });
      return { ...message, touched: new Set() };
    }
    case "google.protobuf.FieldMask":
      if (node.kind === "object") return undefined;
      if (node.kind !== "string" || first === undefined) {
        reader.report(node, `FieldMask is text such as "name,lastUpdated", this is ${nameOf(node)}`);
        return emptyMessage(desc);
      }
      return only(desc, first, { kind: "list", items: maskFromJson(node.value) });
    case "google.protobuf.Struct": {
      if (first === undefined) return undefined;
      const map = readMap(ScalarType.STRING, "Struct", itemTypeOf(first), node, reader);
      return map === undefined ? emptyMessage(desc) : only(desc, first, map);
    }
    case "google.protobuf.ListValue":
      if (node.kind !== "array" || first === undefined) {
        reader.report(node, `ListValue stands in [ ], this is ${nameOf(node)}`);
        return emptyMessage(desc);
      }
      return only(desc, first, { kind: "list", items: node.items.flatMap((item) => readItem(itemTypeOf(first), item, reader) ?? []) });
    case "google.protobuf.Value":
      return readValue(desc, node, reader);
    default: {
      if (!isWrapper(desc) || first === undefined) return undefined;
      const item = readItem(itemTypeOf(first), node, reader);
      return item === undefined ? emptyMessage(desc) : only(desc, first, { kind: "single", item });
    }
  }
}

function only(desc: DescMessage, field: Field, value: FieldValue): MessageValue {
  return { ...withField(emptyMessage(desc), field, value), touched: new Set() };
}

function readValue(desc: DescMessage, node: Exclude<JsonNode, { kind: "missing" }>, reader: Reader): MessageValue {
  const number =
    { literal: 0, number: 2, string: 3, object: 5, array: 6 }[node.kind] || (node.kind === "literal" && node.value !== null ? 4 : 1);
  const field = desc.fields.find((candidate) => candidate.number === number);
  if (field === undefined) return emptyMessage(desc);
  const item = number === 1 ? 0 : readItem(itemTypeOf(field), node, reader);
  return item === undefined ? emptyMessage(desc) : only(desc, field, { kind: "single", item });
}

function readAny(desc: DescMessage, node: Exclude<JsonNode, { kind: "missing" }>, reader: Reader): MessageValue {
  const [urlField, valueField] = desc.fields;
  if (node.kind !== "object" || urlField === undefined || valueField === undefined) {
    reader.report(node, `Any is an object with "@type", this is ${nameOf(node)}`);
    return emptyMessage(desc);
  }
  if (node.members.length === 0) return emptyMessage(desc);
  const type = node.members.find((member) => member.key.value === "@type");
  if (type?.value.kind !== "string") {
    reader.report(type?.value ?? node, 'Any needs "@type", such as "type.googleapis.com/pb.Person"');
    return emptyMessage(desc);
  }
  const url = type.value.value;
  let message = emptyMessage(desc);
  if (url !== "") message = withField(message, urlField, { kind: "single", item: url });
  const set = (bytes: Uint8Array) => (bytes.length === 0 ? message : withField(message, valueField, { kind: "single", item: bytes }));
  const rest = node.members.filter((member) => member !== type);
  const raw = rest.find((member) => member.key.value === "@bytes");
  if (raw !== undefined) {
    const bytes = readScalar(
      ScalarType.BYTES,
      raw.value.kind === "missing" ? { kind: "string", start: 0, end: 0, value: "" } : raw.value,
      reader,
    );
    return { ...set(bytes instanceof Uint8Array ? bytes : new Uint8Array()), touched: new Set() };
  }
  const inner = reader.registry?.getMessage(typeNameOfUrl(url));
  if (inner === undefined) {
    reader.report(type.value, `type ${typeNameOfUrl(url)} is not in this schema; give its bytes as "@bytes"`);
    return message;
  }
  if (!hasOwnJson(inner)) return { ...set(encodeDocument(readFields(inner, rest, reader))), touched: new Set() };
  const value = rest.find((member) => member.key.value === "value");
  for (const member of rest) if (member !== value) reader.report(member.key, `only "value" stands beside "@type" of ${inner.name}`);
  if (value === undefined) {
    reader.report(node, `"value" is missing beside "@type" of ${inner.name}`);
    return message;
  }
  return { ...set(encodeDocument(readMessage(inner, value.value, reader))), touched: new Set() };
}

function nameOf(node: JsonNode): string {
  switch (node.kind) {
    case "object":
      return "an object";
    case "array":
      return "an array";
    case "string":
      return "text";
    case "number":
      return "a number";
    case "literal":
      return node.value === null ? "null" : String(node.value);
    case "missing":
      return "nothing";
  }
}
