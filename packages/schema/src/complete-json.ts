import { type DescMessage, type Registry, ScalarType } from "@bufbuild/protobuf";
import { findMessageTypes, urlOfType } from "./any-type.ts";
import { docComment } from "./doc-comment.ts";
import { type Field, itemTypeOf, type ItemType } from "./document.ts";
import { entryPath, fieldPath, itemPath } from "./field-path.ts";
import { itemName, typeLabel } from "./form-model.ts";
import { anyType, mapKey } from "./json-places.ts";
import { type JsonMember, type JsonNode, readJsonTree } from "./json-tree.ts";
import { fieldOfKey } from "./parse-json.ts";
import { hasOwnJson } from "./print-json.ts";
import { isWrapper } from "./well-known.ts";

/** One thing that could stand at the cursor. */
export interface JsonCompletion {
  /** What is listed. */
  readonly label: string;
  /** What replaces the range, quotation marks and colon included. */
  readonly insert: string;
  readonly kind: "field" | "enum" | "value" | "type";
  /** Type or number, short. */
  readonly detail: string;
  /** Doc comment; empty when there is none. */
  readonly info: string;
}

/** What could stand at an offset, and the range it would replace. */
export interface JsonCompletions {
  readonly from: number;
  readonly to: number;
  readonly items: readonly JsonCompletion[];
}

/** What is known of a place. */
export interface JsonHover {
  readonly from: number;
  readonly to: number;
  /** Field or enum value with its type and number. */
  readonly title: string;
  /** Doc comment, and the default where the schema states one. */
  readonly doc: string;
  /** The field, unless an enum value is what is known. */
  readonly field: Field | undefined;
  readonly path: string;
}

/** No more types than this are offered for an Any. */
const maxTypes = 50;

/** Where in a document an offset is. */
interface Place {
  readonly path: string;
  /** The message whose key is at the cursor, when a key is. */
  readonly keyOf: { readonly desc: DescMessage; readonly members: readonly JsonMember[]; readonly isAny: boolean } | undefined;
  /** The type of the value at the cursor, when a value is. */
  readonly valueOf: ItemType | undefined;
  readonly field: Field | undefined;
  readonly node: JsonNode | undefined;
  /** True at the "@type" of an Any. */
  readonly typeUrl: boolean;
}

/** What could stand at an offset of a JSON text, complete or not. */
export function completeJson(desc: DescMessage, registry: Registry | undefined, text: string, offset: number): JsonCompletions | undefined {
  const place = placeAt(desc, registry, text, offset);
  if (place === undefined) return undefined;
  const [from, to] = rangeAt(text, offset, place.node);
  if (place.keyOf !== undefined) return { from, to, items: keyItems(place.keyOf, place.node, text, to, registry) };
  if (place.typeUrl) {
    const types = registry === undefined ? [] : findMessageTypes(registry, "", maxTypes);
    return {
      from,
      to,
      items: types.map((type) => ({ ...valueItem(JSON.stringify(urlOfType(type)), "type", "", docComment(type)), label: type.typeName })),
    };
  }
  if (place.valueOf === undefined) return undefined;
  const items = valueItems(place.valueOf);
  return items.length === 0 ? undefined : { from, to, items };
}

/** What is known of the field or value at an offset; undefined where nothing is. */
export function hoverJson(desc: DescMessage, registry: Registry | undefined, text: string, offset: number): JsonHover | undefined {
  const place = placeAt(desc, registry, text, offset);
  if (place?.node === undefined || place.field === undefined || place.node.kind === "object" || place.node.kind === "array")
    return undefined;
  const { start: from, end: to } = place.node;
  if (offset < from || offset > to) return undefined;
  if (place.valueOf?.kind === "enum" && place.node.kind === "string") {
    const name = place.node.value;
    const value = place.valueOf.enum.values.find((candidate) => candidate.name === name);
    if (value !== undefined)
      return { from, to, title: `${value.name} = ${value.number}`, doc: docComment(value), field: undefined, path: place.path };
  }
  return {
    from,
    to,
    title: `${place.field.name}: ${typeLabel(place.field)} = ${place.field.number}`,
    doc: [docComment(place.field), statedDefault(place.field)].filter((part) => part !== "").join("\n\n"),
    field: place.field,
    path: place.path,
  };
}

/** The field path at an offset, such as `phones[1].number`; "" is the message itself, undefined no place of the schema. */
export function jsonPathAt(desc: DescMessage, registry: Registry | undefined, text: string, offset: number): string | undefined {
  return placeAt(desc, registry, text, offset)?.path;
}

function statedDefault(field: Field): string {
  const { defaultValue, options } = field.proto;
  const facts = [...(defaultValue === "" ? [] : [`Default: ${defaultValue}`]), ...(options?.deprecated === true ? ["Deprecated."] : [])];
  return facts.join("\n");
}

function keyItems(
  { desc, members, isAny }: { readonly desc: DescMessage; readonly members: readonly JsonMember[]; readonly isAny: boolean },
  node: JsonNode | undefined,
  text: string,
  to: number,
  registry: Registry | undefined,
): JsonCompletion[] {
  const colon = /^\s*:/.test(text.slice(to)) ? "" : ": ";
  const others = members.filter((member) => member.key !== node);
  const used = new Set(others.map((member) => fieldOfKey(desc, registry, member.key.value)));
  const items: JsonCompletion[] = [];
  if (isAny && !others.some((member) => member.key.value === "@type")) {
    items.push({ label: "@type", insert: `"@type"${colon}`, kind: "field", detail: "type URL", info: "Which message this is." });
  }
  for (const field of desc.fields) {
    if (used.has(field)) continue;
    const rival = field.oneof?.fields.find((sibling) => used.has(sibling));
    if (rival !== undefined) continue;
    const detail = field.oneof === undefined ? typeLabel(field) : `${typeLabel(field)}, one of ${field.oneof.name}`;
    items.push({ label: field.jsonName, insert: `"${field.jsonName}"${colon}`, kind: "field", detail, info: docComment(field) });
  }
  if (registry !== undefined && desc.proto.extensionRange.length > 0) {
    for (const type of registry) {
      if (type.kind !== "extension" || type.extendee.typeName !== desc.typeName || used.has(type)) continue;
      const label = `[${type.typeName}]`;
      items.push({ label, insert: `"${label}"${colon}`, kind: "field", detail: typeLabel(type), info: docComment(type) });
    }
  }
  return items;
}

function valueItem(insert: string, kind: JsonCompletion["kind"], detail: string, info: string): JsonCompletion {
  return { label: insert, insert, kind, detail, info };
}

function valueItems(type: ItemType): JsonCompletion[] {
  if (type.kind === "enum") {
    return type.enum.values.map((value) => ({
      ...valueItem(JSON.stringify(value.jsonName), "enum", `= ${value.number}${value.deprecated ? ", deprecated" : ""}`, docComment(value)),
      label: value.jsonName,
    }));
  }
  if (type.kind === "scalar") {
    switch (type.scalar) {
      case ScalarType.BOOL:
        return [valueItem("true", "value", "bool", ""), valueItem("false", "value", "bool", "")];
      case ScalarType.DOUBLE:
      case ScalarType.FLOAT:
        return ['"NaN"', '"Infinity"', '"-Infinity"'].map((word) => valueItem(word, "value", itemName(type), ""));
      default:
        return [];
    }
  }
  switch (type.message.typeName) {
    case "google.protobuf.Timestamp":
      return [valueItem(`"${new Date().toISOString()}"`, "value", "now", "")];
    case "google.protobuf.Duration":
      return [valueItem('"1.500s"', "value", "Duration", "")];
    default: {
      const field = type.message.fields[0];
      if (isWrapper(type.message) && field !== undefined) return valueItems(itemTypeOf(field));
      return hasOwnJson(type.message) ? [] : [valueItem("{}", "value", type.message.name, docComment(type.message))];
    }
  }
}

/** The word or text at the cursor, which a completion replaces. */
function rangeAt(text: string, offset: number, node: JsonNode | undefined): [from: number, to: number] {
  if (node?.kind === "string") return [node.start, Math.max(node.end, offset)];
  let from = offset;
  while (from > 0 && /[\w.+-]/.test(text[from - 1] ?? "")) from--;
  let to = offset;
  while (to < text.length && /[\w.+-]/.test(text[to] ?? "")) to++;
  return [from, to];
}

function placeAt(desc: DescMessage, registry: Registry | undefined, text: string, offset: number): Place | undefined {
  const nowhere = { keyOf: undefined, valueOf: undefined, field: undefined, node: undefined, typeUrl: false };
  const inMessage = (type: DescMessage, node: JsonNode, path: string, field: Field | undefined): Place => {
    const itself: Place = { ...nowhere, path, field, node, valueOf: { kind: "message", message: type, delimited: false } };
    if (node.kind === "array" && type.typeName === "google.protobuf.ListValue") return itself;
    if (node.kind !== "object" || offset <= node.start || (offset >= node.end && text[node.end - 1] === "}")) return itself;
    const isAny = type.typeName === "google.protobuf.Any";
    const shown = isAny ? (anyType(node.members, registry) ?? type) : type;
    if (!isAny && hasOwnJson(type)) return itself;
    for (const member of node.members) {
      const named = fieldOfKey(shown, registry, member.key.value);
      const inner = named === undefined ? path : fieldPath(isAny ? `${path}.value` : path, named);
      if (offset >= member.key.start && offset <= member.key.end) {
        return { ...nowhere, path: inner, field: named, node: member.key, keyOf: { desc: shown, members: node.members, isAny } };
      }
      if (offset < member.key.end || !covers(text, member, node, offset)) continue;
      if (isAny && member.key.value === "@type") return { ...nowhere, path, field: undefined, node: member.value, typeUrl: true };
      return named === undefined ? { ...nowhere, path } : inField(named, member.value, inner);
    }
    return { ...nowhere, path, keyOf: { desc: shown, members: node.members, isAny } };
  };
  const inItem = (type: ItemType, node: JsonNode, path: string, field: Field): Place =>
    type.kind === "message" ? inMessage(type.message, node, path, field) : { ...nowhere, path, field, node, valueOf: type };
  const inField = (field: Field, node: JsonNode, path: string): Place => {
    const type = itemTypeOf(field);
    if (field.fieldKind === "list") {
      if (node.kind !== "array") return { ...nowhere, path, field, node };
      const index = node.items.findIndex((item) => offset >= item.start && offset <= item.end);
      const item = node.items[index];
      if (item !== undefined) return inItem(type, item, itemPath(path, index), field);
      return offset > node.start && offset < node.end ? { ...nowhere, path, field, valueOf: type } : { ...nowhere, path, field, node };
    }
    if (field.fieldKind === "map") {
      if (node.kind !== "object") return { ...nowhere, path, field, node };
      const member = node.members.find((candidate) => offset >= candidate.key.start && covers(text, candidate, node, offset));
      if (member === undefined) return { ...nowhere, path, field, node };
      const inner = entryPath(path, mapKey(field.mapKey, member.key.value));
      return offset <= member.key.end ? { ...nowhere, path: inner, field, node } : inItem(type, member.value, inner, field);
    }
    return inItem(type, node, path, field);
  };
  return inMessage(desc, readJsonTree(text).root, "", undefined);
}

/** True when the offset is in the value of a member, or in the blank before or after it up to the next comma. */
function covers(text: string, member: JsonMember, parent: Extract<JsonNode, { kind: "object" }>, offset: number): boolean {
  if (offset <= member.value.end) return true;
  const end = Math.min(offset, parent.end);
  return member.value.kind === "missing" && !/[,}]/.test(text.slice(member.value.end, end));
}
