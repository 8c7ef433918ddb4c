import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** Colour, swatch and underline of a field in every view. */
export type Channel = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** No schema gets more than this many leaf paths; fields beyond it take the channel of the same field elsewhere, or 1. */
const maxLeafPaths = 4096;

interface Assigned {
  readonly byPath: Map<string, Channel>;
  readonly byField: Map<string, Channel>;
}

const assigned = new WeakMap<DescMessage, Assigned>();

/**
 * Gives every leaf field path of a message, list indices and map keys removed (`phones.number`), the next channel in order of appearance in
 * the schema; after eight they repeat. A map of scalars or enums is one leaf (`labels`), a map of messages has the leaves of its message.
 * A message inside itself stops at the second visit. Cached per descriptor.
 */
export function assignChannels(desc: DescMessage): ReadonlyMap<string, Channel> {
  return assign(desc).byPath;
}

/** The channel of a field path such as `phones[1].number`; a recursive path takes that of the field's first appearance. */
export function channelFor(desc: DescMessage, path: string): Channel | undefined {
  const { byPath, byField } = assign(desc);
  const plain = withoutIndices(path);
  const direct = byPath.get(plain);
  if (direct !== undefined) return direct;
  let message: DescMessage | undefined = desc;
  let field: DescField | undefined;
  for (const name of plain.split(".")) {
    field = message?.fields.find((candidate) => candidate.name === name);
    if (field === undefined) return undefined;
    message = field.message;
  }
  return field === undefined || field.message !== undefined ? undefined : (byField.get(keyOf(field)) ?? 1);
}

/** `phones[1].number` as `phones.number`. Keys of maps are removed too, whatever they contain. */
export function withoutIndices(path: string): string {
  return path.includes("[") ? path.replace(/\[(?:"(?:[^"\\]|\\.)*"|-?\d+|true|false)\]/g, "") : path;
}

function assign(desc: DescMessage): Assigned {
  const cached = assigned.get(desc);
  if (cached !== undefined) return cached;
  const result: Assigned = { byPath: new Map(), byField: new Map() };
  walk(desc, "", [], result);
  assigned.set(desc, result);
  return result;
}

function walk(desc: DescMessage, prefix: string, above: readonly string[], { byPath, byField }: Assigned): void {
  if (above.includes(desc.typeName)) return;
  for (const field of inSchemaOrder(desc)) {
    if (byPath.size >= maxLeafPaths) return;
    const path = prefix + field.name;
    if (field.message !== undefined) {
      walk(field.message, `${path}.`, [...above, desc.typeName], { byPath, byField });
      continue;
    }
    const channel = ((byPath.size % 8) + 1) as Channel;
    byPath.set(path, channel);
    if (!byField.has(keyOf(field))) byField.set(keyOf(field), channel);
  }
}

function inSchemaOrder(desc: DescMessage): DescField[] {
  return desc.members.flatMap((member) => (member.kind === "oneof" ? member.fields : [member]));
}

function keyOf(field: DescField): string {
  return `${field.parent.typeName}#${field.number}`;
}
