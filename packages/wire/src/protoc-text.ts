import type { MessageTable, WireField } from "./message-table.ts";
import { joinPath, quoteKey, stepText } from "./path-text.ts";
import { textFrom } from "./utf8.ts";
import { numberText, quotedBytes, unknownPath, type ValueLine } from "./value-lines.ts";

/** A field as printed: a value, or fields in braces. */
interface Printed {
  readonly name: string;
  readonly text: string | undefined;
  readonly inside: Printed[];
}

/**
 * The values in what `protoc --decode` prints, which is one field or brace a line. Duplicate entries of a map, which protoc prints as sent,
 * count as the last of them. What is in a MessageSet is left out. Undefined when a line is not understood.
 */
export function linesFromProtoc(text: string, table: MessageTable): ValueLine[] | undefined {
  const printed = parsePrinted(text);
  if (printed === undefined || !isKnown(printed, table)) return undefined;
  const lines = new Map<string, ValueLine[]>();
  addFields(lines, printed, table, "");
  return [...lines.values()].flat();
}

function parsePrinted(text: string): Printed[] | undefined {
  const root: Printed[] = [];
  const open: Printed[][] = [root];
  for (const line of text.split("\n")) {
    const trimmed = line.trimStart();
    if (trimmed === "") continue;
    if (trimmed === "}") {
      open.pop();
      continue;
    }
    const parts = /^(\[[\w./]+\]|-?\w+)(?:: (.*)| \{(\})?)$/u.exec(trimmed);
    const level = open.at(-1);
    if (parts?.[1] === undefined || level === undefined) return undefined;
    const field: Printed = { name: parts[1], text: parts[2], inside: [] };
    level.push(field);
    if (field.text === undefined && parts[3] === undefined) open.push(field.inside);
  }
  return open.length === 1 ? root : undefined;
}

/** True when every name is that of a field, or the number of an unknown one. In a MessageSet names are those of types. */
function isKnown(printed: readonly Printed[], table: MessageTable | undefined): boolean {
  if (isMessageSet(table)) return true;
  return printed.every(({ name, inside }) => {
    const field = table === undefined ? undefined : fieldOf(table, name);
    return (field !== undefined || /^\d+$/u.test(name)) && isKnown(inside, field?.message?.());
  });
}

/** True for a message with `message_set_wire_format`. */
export function isMessageSet(table: MessageTable | undefined): boolean {
  return table?.byNumber(1)?.message?.().typeOfId !== undefined;
}

/** Lines by the path of what they belong to, so that a later map entry takes the place of an earlier one. */
type Lines = Map<string, ValueLine[]>;

function addFields(lines: Lines, printed: readonly Printed[], table: MessageTable | undefined, path: string): void {
  if (isMessageSet(table)) return; // its items are groups to us, and what they hold to protoc
  const counts = new Map<WireField, number>();
  const seen = new Map<number, number>();
  for (const one of printed) {
    const field = table === undefined ? undefined : fieldOf(table, one.name);
    if (field === undefined) {
      addUnknown(lines, one, unknownPath(path, Number(one.name), seen));
      continue;
    }
    const at = counts.get(field) ?? 0;
    counts.set(field, at + 1);
    if (field.shape === "map") {
      addEntry(lines, one, field, path);
      continue;
    }
    const element = field.shape === "list" ? String(at) : undefined;
    addValue(lines, one, field, joinPath(path, stepText({ field: field.name, element, occurrence: 1 })));
  }
}

function addValue(lines: Lines, { text, inside }: Printed, field: WireField, path: string): void {
  if (text !== undefined) lines.set(path, [{ path, text: normalText(text, field) }]);
  else if (inside.length === 0) lines.set(path, [{ path, text: "{}" }]);
  else addFields(lines, inside, field.message?.(), path);
}

function addEntry(lines: Lines, { inside }: Printed, field: WireField, path: string): void {
  const table = field.message?.();
  const key = inside.find(({ name }) => name === "key");
  const value = inside.find(({ name }) => name === "value");
  const [keyField, valueField] = table?.fields ?? [];
  if (key?.text === undefined || keyField === undefined || value === undefined || valueField === undefined) return;
  const element = keyField.type === "string" ? quoteKey(decoded(unescaped(key.text))) : key.text;
  const own = joinPath(path, stepText({ field: field.name, element, occurrence: 1 }));
  const inner: Lines = new Map();
  addValue(inner, value, valueField, own);
  lines.set(own, [...inner.values()].flat());
}

function addUnknown(lines: Lines, { text, inside }: Printed, path: string): void {
  if (text !== undefined) {
    lines.set(path, [{ path, text: text.startsWith('"') ? quotedBytes(unescaped(text)) : text }]);
    return;
  }
  if (inside.length === 0) lines.set(path, [{ path, text: "{}" }]);
  addFields(lines, inside, undefined, path);
}

/** Groups go by the name of their type, and so do extensions of a message set. */
function fieldOf(table: MessageTable, name: string): WireField | undefined {
  const typeOf = ({ message }: WireField): string => message?.().desc?.typeName ?? "";
  return (
    table.byName(name) ??
    (name.startsWith("[")
      ? table.fields.find((field) => field.desc?.kind === "extension" && `[${typeOf(field)}]` === name)
      : table.fields.find((field) => field.type === "group" && typeOf(field).split(".").at(-1) === name))
  );
}

function normalText(text: string, { type }: WireField): string {
  switch (type) {
    case "string":
    case "bytes":
      return quotedBytes(unescaped(text));
    case "float":
    case "double":
      return numberText(floating(text), type);
    default:
      return text;
  }
}

function floating(text: string): number {
  const named: Readonly<Record<string, number>> = { nan: Number.NaN, "-nan": Number.NaN, inf: Infinity, "-inf": -Infinity };
  return named[text] ?? Number(text);
}

function decoded(bytes: Uint8Array): string {
  return textFrom(bytes, 0, bytes.length);
}

const named: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, '"': 34, "'": 39, "\\": 92, "?": 63 };

/** The bytes of a text in quotation marks. */
function unescaped(quoted: string): Uint8Array {
  const bytes: number[] = [];
  const text = quoted.slice(1, -1);
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char !== "\\") {
      bytes.push(...new TextEncoder().encode(char));
      continue;
    }
    const octal = /^[0-7]{1,3}/u.exec(text.slice(at + 1, at + 4))?.[0];
    if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8));
      at += octal.length;
      continue;
    }
    at++;
    bytes.push(named[text[at] ?? ""] ?? 0);
  }
  return Uint8Array.from(bytes);
}
