import type { DescMessage } from "@bufbuild/protobuf";
import type { Field } from "./document.ts";
import { hasOwnJson } from "./print-json.ts";

/** A field of a message or of messages inside it, by the names on the way: `phones.number`. */
export interface NamedField {
  readonly path: string;
  readonly field: Field;
}

/** How far to look. */
export interface FieldSearch {
  /** Messages inside messages, at most. */
  readonly maxDepth: number;
  /** Fields, at most. */
  readonly limit: number;
  /** Whether to go into the messages of lists and maps. */
  readonly lists: "inside" | "outside";
}

/** The fields of a message, near ones first. A message inside itself and messages with a form of their own (Timestamp) are not gone into. */
export function fieldPaths(desc: DescMessage, { maxDepth, limit, lists }: FieldSearch): readonly NamedField[] {
  const found: NamedField[] = [];
  let level: readonly { readonly desc: DescMessage; readonly prefix: string; readonly above: readonly DescMessage[] }[] = [
    { desc, prefix: "", above: [] },
  ];
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth++) {
    const next: (typeof level)[number][] = [];
    for (const { desc: message, prefix, above } of level) {
      for (const field of message.fields) {
        if (found.length >= limit) return found;
        const path = prefix + field.name;
        found.push({ path, field });
        const inner = field.message;
        if (inner === undefined || hasOwnJson(inner) || inner === message || above.includes(inner)) continue;
        if (lists === "outside" && field.fieldKind !== "message") continue;
        next.push({ desc: inner, prefix: `${path}.`, above: [...above, message] });
      }
    }
    level = next;
  }
  return found;
}

/**
 * The message whose fields a FieldMask most likely names: the one it is called after (`book_mask` beside `book`), the only message beside it,
 * else the message it stands in (AIP-134, AIP-157).
 */
export function maskTarget(mask: Field): DescMessage | undefined {
  const parent = mask.kind === "extension" ? mask.extendee : mask.parent;
  const beside = parent.fields.filter((field) => field.fieldKind === "message" && !hasOwnJson(field.message));
  const named = beside.find((field) => mask.name === `${field.name}_mask`);
  return (named ?? (beside.length === 1 ? beside[0] : undefined))?.message ?? parent;
}
