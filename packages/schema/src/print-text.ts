import { ScalarType, type Registry } from "@bufbuild/protobuf";
import { typeNameOfUrl } from "./any-type.ts";
import { type Field, isMessageValue, type Item, itemAt, itemTypeOf, type ItemType, type MessageValue } from "./document.ts";
import { unpackAny } from "./field-path.ts";
import { printEnum } from "./enum-text.ts";
import { printNumber } from "./number-text.ts";

/**
 * A message in the protobuf text format (protobuf.dev, Text Format Language), fields by number. An Any of known type is expanded. Fields that
 * the schema does not know cannot be said in it and are left out.
 */
export function printText(message: MessageValue, registry: Registry | undefined): string {
  const lines: string[] = [];
  writeFields(message, registry, "", lines);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function writeFields(message: MessageValue, registry: Registry | undefined, indent: string, lines: string[]): void {
  if (message.desc.typeName === "google.protobuf.Any" && writeAny(message, registry, indent, lines)) return;
  for (const { field, value } of [...message.fields.values()].toSorted((a, b) => a.field.number - b.field.number)) {
    const type = itemTypeOf(field);
    switch (value.kind) {
      case "single":
        writeItem(nameOf(field, type), type, value.item, registry, indent, lines);
        break;
      case "list":
        for (const item of value.items) writeItem(nameOf(field, type), type, item, registry, indent, lines);
        break;
      case "map":
        for (const entry of value.entries) {
          const keyType: ItemType = { kind: "scalar", scalar: field.fieldKind === "map" ? field.mapKey : ScalarType.STRING };
          lines.push(`${indent}${field.name} {`);
          writeItem("key", keyType, entry.key, registry, `${indent}  `, lines);
          writeItem("value", type, entry.value, registry, `${indent}  `, lines);
          lines.push(`${indent}}`);
        }
    }
  }
}

/** False where its type is not known or its bytes cannot be read: it is then written by its fields. */
function writeAny(any: MessageValue, registry: Registry | undefined, indent: string, lines: string[]): boolean {
  const inner = unpackAny(any, registry);
  const url = itemAt(any, 1);
  if (inner === undefined || typeof url !== "string" || inner.source?.records.some((record) => record.unknown) === true) return false;
  lines.push(`${indent}[${url.includes("/") ? url : `type.googleapis.com/${typeNameOfUrl(url)}`}] {`);
  writeFields(inner, registry, `${indent}  `, lines);
  lines.push(`${indent}}`);
  return true;
}

/** Groups go by the name of their type. */
function nameOf(field: Field, type: ItemType): string {
  if (field.kind === "extension") return `[${field.typeName}]`;
  const isGroup = type.kind === "message" && type.delimited && type.message.name.toLowerCase() === field.name;
  return isGroup ? type.message.name : field.name;
}

function writeItem(name: string, type: ItemType, item: Item, registry: Registry | undefined, indent: string, lines: string[]): void {
  if (!isMessageValue(item)) {
    lines.push(`${indent}${name}: ${scalarText(type, item)}`);
    return;
  }
  const from = lines.length;
  lines.push(`${indent}${name} {`);
  writeFields(item, registry, `${indent}  `, lines);
  if (lines.length === from + 1) lines[from] = `${indent}${name} {}`;
  else lines.push(`${indent}}`);
}

function scalarText(type: ItemType, item: Exclude<Item, MessageValue>): string {
  if (item instanceof Uint8Array) return quoted(item);
  if (typeof item === "string") return quoted(new TextEncoder().encode(item));
  if (typeof item !== "number") return String(item);
  if (type.kind === "enum") return printEnum(item, type.enum);
  if (Number.isNaN(item)) return "nan";
  if (!Number.isFinite(item)) return item > 0 ? "inf" : "-inf";
  return printNumber(item, type.kind === "scalar" ? type.scalar : ScalarType.DOUBLE);
}

/** Bytes in quotation marks; what is not printable ASCII as octal, as protoc writes it. */
function quoted(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    const known = escapes.get(byte);
    if (known !== undefined) text += known;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `${text}"`;
}

const escapes: ReadonlyMap<number, string> = new Map([
  [0x0a, "\\n"],
  [0x0d, "\\r"],
  [0x09, "\\t"],
  [0x22, '\\"'],
  [0x5c, "\\\\"],
]);
