import { type DescMessage, type Registry, ScalarType } from "@bufbuild/protobuf";
import { typeNameOfUrl } from "./any-type.ts";
import { itemTypeOf } from "./document.ts";
import { entryPath, fieldPath, itemPath, leadsTo } from "./field-path.ts";
import { type JsonMember, type JsonNode, readJsonTree } from "./json-tree.ts";
import { parseJsonInteger } from "./number-text.ts";
import { fieldOfKey } from "./parse-json.ts";
import { hasOwnJson } from "./print-json.ts";

/** A part of a text, in UTF-16 code units. */
export interface JsonRange {
  readonly from: number;
  readonly to: number;
}

/** Where the member or item of a field path stands in a JSON text, key included. */
export function jsonRangeOf(desc: DescMessage, registry: Registry | undefined, text: string, path: string): JsonRange | undefined {
  let found: JsonRange | undefined;
  walk(desc, registry, readJsonTree(text).root, (at, from, to) => {
    if (at === path) found ??= { from, to };
    return leadsTo(at, path);
  });
  return found;
}

/**
 * Where each of several paths stands, as `jsonRangeOf` would say. A path that is not in the text gets the key of the nearest place around it;
 * the message itself, and what is missing from it, the opening brace.
 */
export function jsonRangesAround(
  desc: DescMessage,
  registry: Registry | undefined,
  text: string,
  paths: readonly string[],
): ReadonlyMap<string, JsonRange> {
  const { root } = readJsonTree(text);
  const brace = { from: root.start, to: Math.min(root.start + 1, text.length) };
  const found = new Map<string, JsonRange>(paths.map((path) => [path, brace]));
  walk(desc, registry, root, (at, from, to, keyTo) => {
    let isOnTheWay = false;
    for (const path of found.keys()) {
      if (!leadsTo(at, path)) continue;
      isOnTheWay = true;
      found.set(path, at === path ? { from, to } : { from, to: keyTo });
    }
    return isOnTheWay;
  });
  return found;
}

/** The type that an Any in JSON names, when the registry knows it. */
export function anyType(members: readonly JsonMember[], registry: Registry | undefined): DescMessage | undefined {
  const url = members.find((member) => member.key.value === "@type")?.value;
  return url?.kind === "string" ? registry?.getMessage(typeNameOfUrl(url.value)) : undefined;
}

/** A key of a JSON object as a key of a map; the text itself where it is none. */
export function mapKey(type: ScalarType, text: string): string | number | bigint | boolean {
  if (type === ScalarType.STRING) return text;
  if (type === ScalarType.BOOL) return text === "true";
  const key = parseJsonInteger(text, type);
  return key.ok ? key.value : text;
}

/** Calls `visit` for each member and item with its path; goes inside where it answers true. */
function walk(
  desc: DescMessage,
  registry: Registry | undefined,
  node: JsonNode,
  visit: (path: string, from: number, to: number, keyTo: number) => boolean,
  path = "",
): void {
  if (node.kind !== "object") return;
  const isAny = desc.typeName === "google.protobuf.Any";
  const shown = isAny ? anyType(node.members, registry) : desc;
  if (shown === undefined || (!isAny && hasOwnJson(desc))) return;
  for (const member of node.members) {
    const field = fieldOfKey(shown, registry, member.key.value);
    if (field === undefined) continue;
    const inner = fieldPath(isAny ? `${path}.value` : path, field);
    if (!visit(inner, member.key.start, member.value.end, member.key.end)) continue;
    const type = itemTypeOf(field);
    const into = (value: JsonNode, at: string) => {
      if (type.kind === "message") walk(type.message, registry, value, visit, at);
    };
    if (field.fieldKind === "list" && member.value.kind === "array") {
      for (const [index, item] of member.value.items.entries()) {
        if (visit(itemPath(inner, index), item.start, item.end, Math.min(item.start + 1, item.end))) into(item, itemPath(inner, index));
      }
    } else if (field.fieldKind === "map" && member.value.kind === "object") {
      for (const entry of member.value.members) {
        const at = entryPath(inner, mapKey(field.mapKey, entry.key.value));
        if (visit(at, entry.key.start, entry.value.end, entry.key.end)) into(entry.value, at);
      }
    } else into(member.value, inner);
  }
}
