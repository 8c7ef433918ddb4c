import type { DescField, DescMessage, Registry } from "@bufbuild/protobuf";
import { entryPath, fieldPath, itemPath, readJsonTree, scalarName, typeNameOfUrl, type JsonNode } from "@rpcdeck/schema";

/** One piece of a line in one ink. */
export interface JsonToken {
  readonly kind: "key" | "string" | "number" | "punct" | "chip";
  readonly text: string;
}

/** One line of a printed JSON value. */
export interface JsonLine {
  /** From 1, counted as if nothing were folded. */
  readonly number: number;
  readonly depth: number;
  readonly tokens: readonly JsonToken[];
  /** Field number and type, or what else is known of the place. */
  readonly meta: string;
  /** Field path in the notation of packages/wire; undefined where the schema has no such place. */
  readonly path: string | undefined;
  /** For a line that opens a list or an object: where that ends (index of the closing line), and what stands in its place when folded. */
  readonly fold: { readonly end: number; readonly tokens: readonly JsonToken[] } | undefined;
}

/** More lines than this are not built: the rest of a list or object is one line that says how much is left. */
export const maxJsonLines = 200_000;

interface Place {
  readonly path: string | undefined;
  readonly meta: string;
  /** What members of an object are looked up in. */
  readonly desc: DescMessage | undefined;
  /** Of a list's items and a map's values. */
  readonly field?: DescField | undefined;
}

/**
 * The lines of a JSON text, two blanks of indent apart, with types from the schema where there is one. The text may hold mistakes: what can be
 * read is shown. `problems` are those of JSON itself.
 */
export function jsonLines(
  text: string,
  desc: DescMessage | undefined,
  registry: Registry | undefined,
): { readonly lines: readonly JsonLine[]; readonly problems: readonly string[] } {
  const { root, problems } = readJsonTree(text);
  const builder = createBuilder(registry);
  builder.add(root, 0, [], "", { path: "", meta: desc?.name ?? "", desc });
  return { lines: builder.lines, problems: problems.map((problem) => problem.message) };
}

function createBuilder(registry: Registry | undefined) {
  const lines: JsonLine[] = [];

  const push = (depth: number, tokens: readonly JsonToken[], place: Pick<Place, "path" | "meta">): number =>
    lines.push({ number: lines.length + 1, depth, tokens, meta: place.meta, path: place.path, fold: undefined }) - 1;

  /** `before` is the key, `after` the comma. */
  const add = (node: JsonNode, depth: number, before: readonly JsonToken[], after: string, place: Place): void => {
    const children = childrenOf(node, place);
    if (children === undefined || children.length === 0) {
      const leaf = children === undefined ? leafOf(node) : punct(node.kind === "array" ? "[]" : "{}");
      push(depth, [...before, leaf, ...(after === "" ? [] : [punct(after)])], place);
      return;
    }
    const [open, close] = node.kind === "array" ? ["[", "]"] : ["{", "}"];
    const at = push(depth, [...before, punct(open)], place);
    let shown = 0;
    for (const child of children) {
      if (lines.length >= maxJsonLines) break;
      shown += 1;
      add(child.node, depth + 1, child.key, shown === children.length ? "" : ",", child.place());
    }
    if (shown < children.length)
      push(depth + 1, [{ kind: "chip", text: `${children.length - shown} more not shown` }], { path: undefined, meta: "" });
    const end = push(depth, [punct(close + after)], { path: undefined, meta: "" });
    const line = lines[at];
    if (line) lines[at] = { ...line, fold: { end, tokens: foldedTokens(node, before, children, open, close + after) } };
  };

  const childrenOf = (node: JsonNode, place: Place): Child[] | undefined => {
    if (node.kind === "array") {
      const { path, field } = place;
      return node.items.map((item, index) => ({
        node: item,
        key: [],
        place: () => ({ path: path === undefined ? undefined : itemPath(path, index), meta: `[${index}]`, desc: itemDesc(field) }),
      }));
    }
    if (node.kind !== "object") return undefined;
    const inner = place.desc === undefined ? undefined : descOfAny(node, place.desc, registry);
    return node.members.map(({ key, value }) => ({
      node: value,
      key: [{ kind: "key", text: JSON.stringify(key.value) }, punct(": ")],
      place: () => placeOfMember(key.value, value, { ...place, desc: inner }),
    }));
  };

  return { lines, add };
}

interface Child {
  readonly node: JsonNode;
  readonly key: readonly JsonToken[];
  readonly place: () => Place;
}

const nowhere: Place = { path: undefined, meta: "", desc: undefined };

function placeOfMember(key: string, value: JsonNode, parent: Place): Place {
  if (parent.field?.fieldKind === "map") {
    if (parent.path === undefined) return nowhere;
    const typed = parent.field.mapKey === 9 ? key : key === "true" || key === "false" ? key === "true" : Number(key);
    return { path: entryPath(parent.path, typed), meta: "entry", desc: parent.field.message };
  }
  const field = parent.desc?.fields.find((candidate) => candidate.jsonName === key || candidate.name === key);
  if (field === undefined) return nowhere;
  const path = parent.path === undefined ? undefined : fieldPath(parent.path, field);
  const count = value.kind === "array" ? value.items.length : value.kind === "object" ? value.members.length : 0;
  const what =
    field.fieldKind === "list"
      ? countOf(count, "item", "items")
      : field.fieldKind === "map"
        ? countOf(count, "entry", "entries")
        : typeOf(field);
  return {
    path,
    meta: `#${field.number} ${what}`,
    desc: field.fieldKind === "message" ? field.message : undefined,
    ...(field.fieldKind === "list" || field.fieldKind === "map" ? { field } : {}),
  };
}

function itemDesc(field: DescField | undefined): DescMessage | undefined {
  return field?.fieldKind === "list" ? field.message : undefined;
}

/** The members of an Any are those of the message inside. Well-known types whose JSON is free have no fields to show. */
function descOfAny(
  node: Extract<JsonNode, { kind: "object" }>,
  desc: DescMessage,
  registry: Registry | undefined,
): DescMessage | undefined {
  if (desc.typeName === "google.protobuf.Struct" || desc.typeName === "google.protobuf.Value") return undefined;
  if (desc.typeName !== "google.protobuf.Any") return desc;
  const type = node.members.find((member) => member.key.value === "@type")?.value;
  return type?.kind === "string" ? registry?.getMessage(typeNameOfUrl(type.value)) : undefined;
}

function typeOf(field: DescField): string {
  if (field.message !== undefined) return field.message.name;
  if (field.enum !== undefined) return field.enum.name;
  return field.scalar === undefined ? "" : scalarName(field.scalar);
}

function foldedTokens(
  node: JsonNode,
  before: readonly JsonToken[],
  children: readonly Child[],
  open: string,
  close: string,
): readonly JsonToken[] {
  const first = children[0];
  const leaf =
    first !== undefined && first.node.kind !== "array" && first.node.kind !== "object"
      ? [...first.key, leafOf(first.node), punct(", ")]
      : [];
  const noun = node.kind === "array" ? ["item", "items"] : ["field", "fields"];
  const chip: JsonToken = { kind: "chip", text: countOf(children.length, noun[0] ?? "", noun[1] ?? "") };
  return [...before, punct(`${open} `), ...leaf, chip, punct(` ${close}`)];
}

function leafOf(node: JsonNode): JsonToken {
  switch (node.kind) {
    case "string":
      return { kind: "string", text: JSON.stringify(node.value) };
    case "number":
      return { kind: "number", text: node.text };
    case "literal":
      return { kind: "number", text: String(node.value) };
    case "missing":
      return { kind: "chip", text: "nothing" };
    case "object":
    case "array":
      return punct("");
  }
}

function punct(text: string): JsonToken {
  return { kind: "punct", text };
}

function countOf(count: number, one: string, many: string): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
