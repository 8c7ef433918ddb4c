import { WireType } from "@bufbuild/protobuf/wire";
import { wireTypeOf } from "./decode-value.ts";
import { type Field, isMessageValue, type Item, itemTypeOf, type MessageSource, recordsOf } from "./document.ts";
import type { FieldChange } from "./field-change.ts";
import { inPieces, type Patch, replaced, withLength } from "./patch.ts";
import { recordHead, type RecordHead, varintEnd } from "./record-head.ts";
import { sameScalar } from "./zero-value.ts";

/** Where one element of a list stands. */
interface Element {
  /** The packed run it is in; undefined where it has a record of its own. */
  readonly run: RecordHead | undefined;
  /** The record it has, or its bytes within the run. */
  readonly start: number;
  readonly end: number;
}

const nothing = new Uint8Array();
/** More elements than this are not searched for one that only changed places. */
const maxMoved = 64;

/**
 * Changes of a list. Elements are matched from both ends; those between take each other's place one by one, and what is over is put in or taken
 * out there. A new element is packed where its neighbour is.
 */
export function listPatches(change: FieldChange): readonly Patch[] {
  const { source, before, after, writer } = change;
  if (before.value.kind !== "list" || after.value.kind !== "list") return [];
  const { field } = after;
  const [old, next] = [before.value.items, after.value.items];
  const shorter = Math.min(old.length, next.length);
  let head = 0;
  while (head < shorter && isSame(old[head], next[head])) head++;
  let tail = 0;
  while (tail < shorter - head && isSame(old[old.length - 1 - tail], next[next.length - 1 - tail])) tail++;
  const oldEnd = old.length - tail;
  const nextEnd = next.length - tail;
  if (head === oldEnd && head === nextEnd) return [];

  const first = Math.max(0, head - 1);
  const elements = elementsOf(source, field, { from: first, to: oldEnd + 1 });
  const elementAt = (index: number) => elements[index - first];
  const edits = createEdits();
  for (let at = head; at < Math.max(oldEnd, nextEnd); at++) {
    const element = at < oldEnd ? elementAt(at) : undefined;
    const item = at < nextEnd ? next[at] : undefined;
    if (element !== undefined && item !== undefined) {
      const moved =
        oldEnd - head <= maxMoved
          ? old.findIndex((other, place) => place !== at && place >= head && place < oldEnd && isSame(other, item))
          : -1;
      edits.add(
        element,
        replacementOf(change, { element, was: old[at], item, twin: isSame(old[at], item) ? undefined : elementAt(moved) }),
      );
    } else if (element !== undefined) edits.remove(element);
    else if (item !== undefined) {
      const beforeIt = elementAt(Math.min(at, oldEnd) - 1);
      const neighbour = beforeIt ?? elementAt(oldEnd);
      const place = beforeIt?.end ?? neighbour?.start ?? source.bytes.length;
      const bytes = neighbour?.run === undefined ? writer.record(item, field) : writer.value(item, field);
      edits.add(neighbour, [{ start: place, end: place, bytes }]);
    }
  }
  return edits.patches();
}

/** An element in the place of another: changed inside, or with the record of the element it was elsewhere, or written anew after its old tag. */
function replacementOf(
  { source, after, writer, inside }: FieldChange,
  { element, was, item, twin }: { element: Element; was: Item | undefined; item: Item; twin: Element | undefined },
): readonly Patch[] {
  const { bytes } = source;
  if (isMessageValue(item) && isMessageValue(was) && item.source !== undefined && item.source === was.source) {
    return inPieces(bytes, [element], inside(item));
  }
  if (twin !== undefined && twin.run === undefined && element.run === undefined) {
    return [{ start: element.start, end: element.end, bytes: bytes.subarray(twin.start, twin.end) }];
  }
  const value = writer.value(item, after.field);
  if (element.run === undefined) return replaced(bytes, element, value);
  return sameScalar(bytes.subarray(element.start, element.end), value) ? [] : [{ start: element.start, end: element.end, bytes: value }];
}

function isSame(a: Item | undefined, b: Item | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && !isMessageValue(a) && !isMessageValue(b) && sameScalar(a, b);
}

/** The elements with the indices from `from` up to `to`. */
function elementsOf(source: MessageSource, field: Field, { from, to }: { from: number; to: number }): readonly Element[] {
  const type = itemTypeOf(field);
  const own = wireTypeOf(type);
  const records = recordsOf(source).known.get(field.number) ?? [];
  // What cannot be packed has one record for each element.
  if (own === WireType.LengthDelimited || own === WireType.StartGroup) {
    return records.slice(from, to).map(({ start, end }) => ({ run: undefined, start, end }));
  }
  const elements: Element[] = [];
  let index = 0;
  for (const record of records) {
    if (index >= to) break;
    const head = recordHead(source.bytes, record);
    if (head.wireType !== WireType.LengthDelimited) {
      if (index >= from) elements.push({ run: undefined, start: record.start, end: record.end });
      index++;
      continue;
    }
    for (let at = head.valueStart; at < head.valueEnd && index < to; index++) {
      const end = own === WireType.Varint ? varintEnd(source.bytes, at) : at + (own === WireType.Bit64 ? 8 : 4);
      if (index >= from) elements.push({ run: head, start: at, end });
      at = end;
    }
  }
  return elements;
}

/** Collects changes of elements, and corrects the lengths of the runs they are in. A run that loses its last element goes. */
function createEdits() {
  const loose: Patch[] = [];
  const runs = new Map<number, { readonly head: RecordHead; readonly patches: Patch[] }>();
  const add = (element: Element | undefined, patches: readonly Patch[]) => {
    if (element?.run === undefined) {
      loose.push(...patches);
      return;
    }
    const run = runs.get(element.run.start) ?? { head: element.run, patches: [] };
    runs.set(element.run.start, run);
    run.patches.push(...patches);
  };
  return {
    add,
    remove: (element: Element) => {
      add(element, [{ start: element.start, end: element.end, bytes: nothing }]);
    },
    patches: (): readonly Patch[] => [
      ...loose,
      ...[...runs.values()].flatMap(({ head, patches }) => {
        const left = patches.reduce(
          (size, patch) => size + patch.bytes.length - (patch.end - patch.start),
          head.valueEnd - head.valueStart,
        );
        return left === 0 ? [{ start: head.start, end: head.end, bytes: nothing }] : withLength(head, patches);
      }),
    ],
  };
}
