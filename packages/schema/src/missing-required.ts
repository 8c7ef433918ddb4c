import type { DescMessage } from "@bufbuild/protobuf";
import { isMessageValue, itemTypeOf, type MessageValue } from "./document.ts";
import { entryPath, fieldPath, itemPath } from "./field-path.ts";

/** FeatureSet.FieldPresence.LEGACY_REQUIRED. */
const required = 3;

const known = new WeakMap<DescMessage, boolean>();

/** Paths of required fields that are absent, in schema order, at most `limit`. Costs nothing for schemas that have none. */
export function missingRequired(message: MessageValue, limit = 100): readonly string[] {
  const missing: string[] = [];
  if (hasRequired(message.desc)) collect(message, "", missing, limit);
  return missing;
}

function collect(message: MessageValue, path: string, missing: string[], limit: number): void {
  for (const field of message.desc.fields) {
    if (missing.length >= limit) return;
    const present = message.fields.get(field.number)?.value;
    const at = fieldPath(path, field);
    if (present === undefined) {
      if (field.presence === required && field.fieldKind !== "list" && field.fieldKind !== "map") missing.push(at);
      continue;
    }
    const type = itemTypeOf(field);
    if (type.kind !== "message" || !hasRequired(type.message)) continue;
    if (present.kind === "single" && isMessageValue(present.item)) collect(present.item, at, missing, limit);
    if (present.kind === "list") {
      for (const [index, item] of present.items.entries()) if (isMessageValue(item)) collect(item, itemPath(at, index), missing, limit);
    }
    if (present.kind === "map") {
      for (const { key, value } of present.entries) if (isMessageValue(value)) collect(value, entryPath(at, key), missing, limit);
    }
  }
}

/** True when the message or one that it can hold has a required field. */
function hasRequired(desc: DescMessage): boolean {
  const cached = known.get(desc);
  if (cached !== undefined) return cached;
  const seen = new Set<DescMessage>();
  const pending = [desc];
  let found = false;
  for (let next = pending.pop(); next !== undefined && !found; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const field of next.fields) {
      if (field.presence === required) found = true;
      if (field.message !== undefined) pending.push(field.message);
    }
  }
  known.set(desc, found);
  return found;
}
