import { type FieldValue, isMessageValue, type Item, type MessageValue, withField, withoutField } from "./document.ts";
import { defaultOf, sameScalar } from "./zero-value.ts";

/** True when both say the same to a reader of the schema; unknown fields, order and encoding are left out of account. */
export function sameMessage(a: MessageValue, b: MessageValue): boolean {
  if (a === b) return true;
  for (const [number, { field, value }] of a.fields) {
    const other = b.fields.get(number)?.value;
    if (other === undefined ? !saysNothing(field, value) : !sameValue(value, other)) return false;
  }
  for (const [number, { field, value }] of b.fields) if (!a.fields.has(number) && !saysNothing(field, value)) return false;
  return true;
}

/**
 * `next` built on `old`: what is the same in both keeps the bytes it had in `old`, and unknown fields stay where their message still is. So a
 * view that cannot show everything (JSON) can be edited without losing what it does not show. Items of lists are matched from both ends.
 */
export function reconcile(old: MessageValue, next: MessageValue): MessageValue {
  if (old.desc.typeName !== next.desc.typeName) return next;
  let result = old;
  for (const { field, value } of old.fields.values()) {
    if (!next.fields.has(field.number) && !saysNothing(field, value)) result = withoutField(result, field);
  }
  for (const { field, value } of next.fields.values()) {
    const before = old.fields.get(field.number)?.value;
    if (before === undefined) {
      if (!saysNothing(field, value)) result = withField(result, field, value);
      continue;
    }
    const after = reconcileValue(before, value);
    if (after !== before) result = withField(result, field, after);
  }
  return result;
}

/** True for an implicit field that holds its default: present or not makes no difference. */
function saysNothing(field: Parameters<typeof withField>[1], value: FieldValue): boolean {
  if (value.kind !== "single" || isMessageValue(value.item) || field.presence !== implicit || field.oneof !== undefined) return false;
  const zero = defaultOf(field);
  return !isMessageValue(zero) && sameScalar(value.item, zero);
}

/** FeatureSet.FieldPresence.IMPLICIT. */
const implicit = 2;

function sameItem(a: Item, b: Item): boolean {
  if (isMessageValue(a)) return isMessageValue(b) && sameMessage(a, b);
  return !isMessageValue(b) && sameScalar(a, b);
}

function sameValue(a: FieldValue, b: FieldValue): boolean {
  if (a.kind === "single") return b.kind === "single" && sameItem(a.item, b.item);
  if (a.kind === "list") {
    return b.kind === "list" && a.items.length === b.items.length && a.items.every((item, at) => sameItem(item, b.items[at] ?? ""));
  }
  if (b.kind !== "map" || a.entries.length !== b.entries.length) return false;
  const others = new Map(b.entries.map((entry) => [entry.key, entry.value]));
  return a.entries.every(({ key, value }) => {
    const other = others.get(key);
    return other !== undefined && sameItem(value, other);
  });
}

function reconcileItem(old: Item, next: Item): Item {
  if (isMessageValue(old) && isMessageValue(next)) return reconcile(old, next);
  return sameItem(old, next) ? old : next;
}

function reconcileValue(old: FieldValue, next: FieldValue): FieldValue {
  if (old.kind === "single" && next.kind === "single") {
    const item = reconcileItem(old.item, next.item);
    return item === old.item ? old : { kind: "single", item };
  }
  if (old.kind === "map" && next.kind === "map") {
    const before = new Map(old.entries.map((entry) => [entry.key, entry.value]));
    const entries = next.entries.map((entry) => {
      const was = before.get(entry.key);
      return was === undefined ? entry : { key: entry.key, value: reconcileItem(was, entry.value) };
    });
    const same = entries.length === old.entries.length && entries.every((entry) => before.get(entry.key) === entry.value);
    return same ? old : { kind: "map", entries };
  }
  if (old.kind === "list" && next.kind === "list") return reconcileList(old, next.items);
  return next;
}

function reconcileList(old: Extract<FieldValue, { kind: "list" }>, next: readonly Item[]): FieldValue {
  const items = [...next];
  const shorter = Math.min(old.items.length, next.length);
  let head = 0;
  for (; head < shorter; head++) {
    const before = old.items[head] ?? "";
    if (!sameItem(before, next[head] ?? "")) break;
    items[head] = before;
  }
  let tail = 0;
  for (; tail < shorter - head; tail++) {
    const before = old.items[old.items.length - 1 - tail] ?? "";
    if (!sameItem(before, next[next.length - 1 - tail] ?? "")) break;
    items[next.length - 1 - tail] = before;
  }
  if (old.items.length === next.length) {
    if (head === next.length) return old;
    for (let at = head; at < next.length - tail; at++) items[at] = reconcileItem(old.items[at] ?? "", next[at] ?? "");
  }
  return { kind: "list", items };
}
