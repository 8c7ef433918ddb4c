import { isReadable, type MessageTable, type WireField } from "./message-table.ts";
import { scalarText } from "./scalar-text.ts";
import { contentOf, recordsOf, type Budget, type Content, type OpenMessage, type Span } from "./records-of.ts";
import { readLength } from "./scan-level.ts";
import { varintEnd } from "./varint.ts";
import { wireTypes } from "./wire-type.ts";

/**
 * The required fields that the last message of `chain`, from the outermost to it, lacks. Occurrences of a singular message are merged: what one
 * lacks another may have, so all are looked at, and only the last of them answers; a message that another member of its oneof clears lacks
 * nothing. Where `budget` is used up, a message is judged alone.
 */
export function missingRequired(bytes: Uint8Array, chain: readonly OpenMessage[], budget: Budget): WireField[] {
  const own = chain.at(-1);
  const table = own?.table;
  if (own === undefined || table === undefined) return [];
  const { contents, top } = mergedContents(bytes, chain, chain.length - 1, budget);
  // What is in a list of a message that is cleared is cleared with it.
  for (let at = top - 1; at > 0;) {
    const around = mergedContents(bytes, chain, at, budget);
    if (!around.contents.some(({ recordStart }) => recordStart === chain[at]?.recordStart)) return [];
    at = around.top - 1;
  }
  if (contents.at(-1)?.recordStart !== own.recordStart) return [];
  const seen = new Set<number>();
  for (const content of contents) {
    for (const record of recordsOf(bytes, content, budget)) if (isTaken(bytes, record, table)) seen.add(record.number);
  }
  return table.fields.filter((field) => field.isRequired && !seen.has(field.number));
}

/**
 * What is merged with the message at `chain[at]`, itself included unless it is cleared: up to the nearest element of a list or map, at `top`, or
 * the outermost message.
 */
function mergedContents(
  bytes: Uint8Array,
  chain: readonly OpenMessage[],
  at: number,
  budget: Budget,
): { contents: readonly Content[]; top: number } {
  let top = at;
  const steps: { field: WireField; table: MessageTable }[] = [];
  for (; top > 0; top--) {
    const around = (chain[top - 1] as OpenMessage).table;
    const field = around?.byNumber(numberAt(bytes, chain[top] as OpenMessage));
    if (around === undefined || field?.shape !== "singular") break;
    steps.unshift({ field, table: around });
  }
  let contents: readonly Content[] = [contentOf(bytes, chain[top] as OpenMessage)];
  for (const step of steps) contents = occurrences(bytes, contents, step, budget);
  if (budget.records <= 0) contents = [contentOf(bytes, chain[at] as OpenMessage)];
  return { contents, top };
}

/** What `field` holds in `contents`, in order; after another member of its oneof only what follows it. */
function occurrences(
  bytes: Uint8Array,
  contents: readonly Content[],
  { field, table }: { field: WireField; table: MessageTable },
  budget: Budget,
): Content[] {
  let found: Content[] = [];
  for (const content of contents) {
    for (const record of recordsOf(bytes, content, budget)) {
      if (!isTaken(bytes, record, table)) continue;
      if (record.number === field.number) found.push(insideOf(bytes, record));
      else if (field.oneof !== undefined && table.byNumber(record.number)?.oneof === field.oneof) found = [];
    }
  }
  return found;
}

/** Whether a record sets the field it names: it has its wire type, and no number that its closed enum lacks. */
function isTaken(bytes: Uint8Array, { number, wireType, valueStart, end }: Span, table: MessageTable): boolean {
  const field = table.byNumber(number);
  if (field === undefined || !isReadable(field, wireType)) return false;
  if (field.enum?.open !== false || wireType !== wireTypes.varint) return true;
  const value = scalarText(bytes, valueStart, end, field);
  return field.enum.values.some((known) => String(known.number) === value);
}

function numberAt(bytes: Uint8Array, { recordStart, end }: OpenMessage): number {
  const tagEnd = varintEnd(bytes, recordStart, end);
  return tagEnd < 0 ? 0 : Math.floor(readLength(bytes, recordStart, tagEnd) / 8);
}

function insideOf(bytes: Uint8Array, { start, valueStart, end, wireType }: Span): Content {
  return { recordStart: start, start: valueStart, end: wireType === wireTypes.startGroup ? end - endTagLength(bytes, end) : end };
}

function endTagLength(bytes: Uint8Array, end: number): number {
  let at = end - 1;
  while (at > 0 && (bytes[at - 1] as number) >= 0x80) at--;
  return end - at;
}
