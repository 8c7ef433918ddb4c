import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { parsePath, pathToString } from "@bufbuild/protobuf/reflect";
import { typeNameOfUrl } from "./any-type.ts";
import { decodeDocument } from "./decode-document.ts";
import { type Field, isMessageValue, type Item, itemAt, type MapEntry, type MessageValue } from "./document.ts";

/** `path` followed by a field, as protobuf-es writes paths: `phones[1].number`, `[pkg.extension]`. */
export function fieldPath(path: string, field: Field): string {
  if (field.kind === "extension") return `${path}[${field.typeName}]`;
  return path === "" ? field.name : `${path}.${field.name}`;
}

/** `path` followed by an item of a list. */
export function itemPath(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** `path` followed by an entry of a map: `labels["team"]`, `nested_map[7]`. */
export function entryPath(path: string, key: MapEntry["key"]): string {
  if (typeof key !== "string") return `${path}[${key}]`;
  const escaped = key.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\r", "\\r").replaceAll("\n", "\\n");
  return `${path}["${escaped}"]`;
}

/** True when `path` is `inner`, or a place around it. */
export function leadsTo(path: string, inner: string): boolean {
  return inner === path || (inner.startsWith(path) && (path === "" || inner[path.length] === "." || inner[path.length] === "["));
}

/** The path in its usual spelling; undefined when the schema has no such place. */
export function normalPath(desc: DescMessage, path: string, registry: Registry | undefined): string | undefined {
  try {
    return pathToString(parsePath(desc, path, { registry }));
  } catch {
    return undefined;
  }
}

/** The field that a path ends at, list and map items being their field; undefined when the schema has no such place. */
export function fieldAt(desc: DescMessage, path: string, registry: Registry | undefined): Field | undefined {
  try {
    return parsePath(desc, path, { registry }).findLast((part) => part.kind === "field" || part.kind === "extension");
  } catch {
    return undefined;
  }
}

/** The message inside an Any, when its type is in the registry and its bytes can be read; undefined otherwise. */
export function unpackAny(any: MessageValue, registry: Registry | undefined): MessageValue | undefined {
  const url = itemAt(any, 1);
  if (typeof url !== "string") return undefined;
  const desc = registry?.getMessage(typeNameOfUrl(url));
  if (desc === undefined) return undefined;
  const bytes = itemAt(any, 2);
  return readPayload(desc, registry, bytes instanceof Uint8Array ? bytes : undefined);
}

const payloads = new WeakMap<Uint8Array, MessageValue>();

function readPayload(desc: DescMessage, registry: Registry | undefined, bytes: Uint8Array | undefined): MessageValue {
  if (bytes === undefined) return decodeDocument(desc, registry, new Uint8Array()).message;
  const known = payloads.get(bytes);
  if (known?.desc === desc) return known;
  const { message } = decodeDocument(desc, registry, bytes);
  payloads.set(bytes, message);
  return message;
}

/** One line that tells an item from its neighbours: its first leaf values. Empty when there are none. */
export function summaryOf(item: Item, print: (item: Item, field: Field) => string): readonly string[] {
  if (!isMessageValue(item)) return [];
  const parts: string[] = [];
  for (const { field, value } of item.fields.values()) {
    if (parts.length >= 3) break;
    if (value.kind === "single" && !isMessageValue(value.item)) parts.push(print(value.item, field));
  }
  return parts;
}
