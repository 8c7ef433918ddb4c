import type { Registry } from "@bufbuild/protobuf";
import {
  type FieldValue,
  isMessageValue,
  type Item,
  itemAt,
  itemsAt,
  type MessageValue,
  withField,
  withItem,
  withoutField,
} from "./document.ts";
import { encodeDocument } from "./encode-document.ts";
import { maskFromJson, maskToJson } from "./field-mask.ts";
import { unpackAny } from "./field-path.ts";
import { defaultOf, sameScalar } from "./zero-value.ts";

/**
 * True when both say the same to a reader of the schema; unknown fields, order and encoding are left out of account, inside an Any too where the
 * registry knows its type.
 */
export function sameMessage(a: MessageValue, b: MessageValue, registry?: Registry): boolean {
  if (a === b || isOneText(a, b)) return true;
  const packed = bothUnpacked(a, b, registry);
  if (packed !== undefined) return sameMessage(...packed, registry);
  for (const [number, { field, value }] of a.fields) {
    const other = b.fields.get(number)?.value;
    if (other === undefined ? !saysNothing(field, value) : !sameValue(value, other, registry)) return false;
  }
  for (const [number, { field, value }] of b.fields) if (!a.fields.has(number) && !saysNothing(field, value)) return false;
  return true;
}

/**
 * `next` built on `old`: what is the same in both keeps the bytes it had in `old`, and unknown fields stay where their message still is. So a
 * view that cannot show everything (JSON) can be edited without losing what it does not show. Items of lists are matched from both ends, and between
 * them where they are the same. The registry opens what is in an Any.
 */
export function reconcile(old: MessageValue, next: MessageValue, registry?: Registry): MessageValue {
  if (old.desc.typeName !== next.desc.typeName) return next;
  if (isOneText(old, next)) return old;
  const packed = bothUnpacked(old, next, registry);
  const content = old.desc.fields[1];
  if (packed !== undefined && content !== undefined) {
    const [before] = packed;
    const after = reconcile(...packed, registry);
    return after === before ? old : withItem(old, content, encodeDocument(after));
  }
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
    const after = reconcileValue(before, value, registry);
    if (after !== before) result = withField(result, field, after);
  }
  return result;
}

/** What is in two Any of one type; undefined for all else. */
function bothUnpacked(a: MessageValue, b: MessageValue, registry: Registry | undefined): [MessageValue, MessageValue] | undefined {
  if (a.desc.typeName !== "google.protobuf.Any" || registry === undefined || itemAt(a, 1) !== itemAt(b, 1)) return undefined;
  const [inA, inB] = [unpackAny(a, registry), unpackAny(b, registry)];
  return inA === undefined || inB === undefined ? undefined : [inA, inB];
}

/** True for two masks or values that JSON has one text for. */
function isOneText(a: MessageValue, b: MessageValue): boolean {
  if (a.desc.typeName === "google.protobuf.FieldMask") return maskAsRead(a) === maskAsRead(b);
  return saysNull(a) && saysNull(b);
}

/** The paths as they come back from JSON, where one that is empty or has capitals is another. */
function maskAsRead(mask: MessageValue): string {
  return maskFromJson(maskToJson(itemsAt(mask, 1).map(String))).join();
}

/** True for a Value that JSON shows as null: also one in which nothing is set. */
function saysNull({ desc, fields }: MessageValue): boolean {
  return desc.typeName === "google.protobuf.Value" && (fields.size === 0 || fields.has(1));
}

/** True for an implicit field that holds its default: present or not makes no difference. */
function saysNothing(field: Parameters<typeof withField>[1], value: FieldValue): boolean {
  if (value.kind !== "single" || isMessageValue(value.item) || field.presence !== implicit || field.oneof !== undefined) return false;
  const zero = defaultOf(field);
  return !isMessageValue(zero) && sameScalar(value.item, zero);
}

/** FeatureSet.FieldPresence.IMPLICIT. */
const implicit = 2;

function sameItem(a: Item, b: Item, registry: Registry | undefined): boolean {
  if (isMessageValue(a)) return isMessageValue(b) && sameMessage(a, b, registry);
  return !isMessageValue(b) && sameScalar(a, b);
}

function sameValue(a: FieldValue, b: FieldValue, registry: Registry | undefined): boolean {
  if (a.kind === "single") return b.kind === "single" && sameItem(a.item, b.item, registry);
  if (a.kind === "list") {
    return (
      b.kind === "list" && a.items.length === b.items.length && a.items.every((item, at) => sameItem(item, b.items[at] ?? "", registry))
    );
  }
  if (b.kind !== "map" || a.entries.length !== b.entries.length) return false;
  const others = new Map(b.entries.map((entry) => [entry.key, entry.value]));
  return a.entries.every(({ key, value }) => {
    const other = others.get(key);
    return other !== undefined && sameItem(value, other, registry);
  });
}

function reconcileItem(old: Item, next: Item, registry: Registry | undefined): Item {
  if (isMessageValue(old) && isMessageValue(next)) return reconcile(old, next, registry);
  return sameItem(old, next, registry) ? old : next;
}

function reconcileValue(old: FieldValue, next: FieldValue, registry: Registry | undefined): FieldValue {
  if (old.kind === "single" && next.kind === "single") {
    const item = reconcileItem(old.item, next.item, registry);
    return item === old.item ? old : { kind: "single", item };
  }
  if (old.kind === "map" && next.kind === "map") {
    const before = new Map(old.entries.map((entry) => [entry.key, entry.value]));
    const entries = next.entries.map((entry) => {
      const was = before.get(entry.key);
      return was === undefined ? entry : { key: entry.key, value: reconcileItem(was, entry.value, registry) };
    });
    const same = entries.length === old.entries.length && entries.every((entry) => before.get(entry.key) === entry.value);
    return same ? old : { kind: "map", entries };
  }
  if (old.kind === "list" && next.kind === "list") return reconcileList(old, next.items, registry);
  return next;
}

/** Items that are looked through for one that is the same. */
const maxLookedThrough = 100;

function reconcileList(old: Extract<FieldValue, { kind: "list" }>, next: readonly Item[], registry: Registry | undefined): FieldValue {
  const items = [...next];
  const shorter = Math.min(old.items.length, next.length);
  let head = 0;
  for (; head < shorter; head++) {
    const before = old.items[head] ?? "";
    if (!sameItem(before, next[head] ?? "", registry)) break;
    items[head] = before;
  }
  let tail = 0;
  for (; tail < shorter - head; tail++) {
    const before = old.items[old.items.length - 1 - tail] ?? "";
    if (!sameItem(before, next[next.length - 1 - tail] ?? "", registry)) break;
    items[next.length - 1 - tail] = before;
  }
  if (old.items.length === next.length) {
    if (head === next.length) return old;
    for (let at = head; at < next.length - tail; at++) items[at] = reconcileItem(old.items[at] ?? "", next[at] ?? "", registry);
    return { kind: "list", items };
  }
  // Between the ends, what is the same in the same order: items were put in or taken out beside it.
  let from = head;
  for (let at = head; at < next.length - tail; at++) {
    const until = Math.min(from + maxLookedThrough, old.items.length - tail);
    for (let place = from; place < until; place++) {
      const before = old.items[place] ?? "";
      if (!sameItem(before, next[at] ?? "", registry)) continue;
      items[at] = before;
      from = place + 1;
      break;
    }
  }
  return { kind: "list", items };
}
