import { type DescMessage, type Registry, ScalarType } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { decodeDocument } from "./decode-document.ts";
import type { DecodeProblem } from "./decode-problem.ts";
import {
  entriesAt,
  type Field,
  isMessageValue,
  type Item,
  itemAt,
  itemsAt,
  itemTypeOf,
  type ItemType,
  type MessageValue,
} from "./document.ts";
import { maskToJson } from "./field-mask.ts";
import { printDuration } from "./duration-text.ts";
import { printNumber } from "./number-text.ts";
import { printTimestampJson } from "./time-text.ts";
import { typeNameOfUrl } from "./any-type.ts";
import { isWrapper } from "./well-known.ts";
import { defaultOf, sameScalar } from "./zero-value.ts";

/** A message as JSON text, and what was odd about its bytes. */
export interface PrintedJson {
  readonly text: string;
  readonly problems: readonly DecodeProblem[];
}

/** FeatureSet.FieldPresence.IMPLICIT. */
const implicit = 2;

/** Bytes as pretty ProtoJSON; see `printMessage`. Never throws. */
export function printJson(desc: DescMessage, registry: Registry | undefined, bytes: Uint8Array): PrintedJson {
  const { message, problems } = decodeDocument(desc, registry, bytes);
  return { text: printMessage(message, registry), problems };
}

/**
 * A message as ProtoJSON with two blanks of indent, fields by number. 64-bit integers are strings, floats the shortest text that reads back.
 * What ProtoJSON cannot say is said all the same, in forms `parseJson` reads: an Any of unknown type as `{"@type", "@bytes"}`, a Timestamp or
 * Duration out of range by its fields.
 */
export function printMessage(message: MessageValue, registry: Registry | undefined): string {
  return printMessageAt(message, registry, "");
}

function printMessageAt(message: MessageValue, registry: Registry | undefined, indent: string): string {
  switch (message.desc.typeName) {
    case "google.protobuf.Any":
      return printAny(message, registry, indent);
    case "google.protobuf.Timestamp": {
      const text = printTimestampJson({ seconds: BigInt(numberAt(message, 1)), nanos: Number(numberAt(message, 2)) });
      return text === undefined ? printFields(message, registry, indent, []) : `"${text}"`;
    }
    case "google.protobuf.Duration": {
      const text = printDuration({ seconds: BigInt(numberAt(message, 1)), nanos: Number(numberAt(message, 2)) });
      return text === undefined ? printFields(message, registry, indent, []) : `"${text}"`;
    }
    case "google.protobuf.FieldMask":
      return JSON.stringify(maskToJson(itemsAt(message, 1).map(String)));
    case "google.protobuf.Struct":
      return printObject(
        entriesAt(message, 1).map(({ key, value }) => [String(key), (deeper) => printItem(value, undefined, registry, deeper)]),
        indent,
      );
    case "google.protobuf.ListValue":
      return printArray(itemsAt(message, 1), undefined, registry, indent);
    case "google.protobuf.Value":
      return printValue(message, registry, indent);
    default: {
      if (!isWrapper(message.desc)) return printFields(message, registry, indent, []);
      const field = message.desc.fields[0];
      return field === undefined ? "null" : printItem(itemAt(message, 1) ?? defaultOf(field), itemTypeOf(field), registry, indent);
    }
  }
}

function numberAt(message: MessageValue, number: number): number | bigint {
  const item = itemAt(message, number);
  return typeof item === "number" || typeof item === "bigint" ? item : 0;
}

function printValue(message: MessageValue, registry: Registry | undefined, indent: string): string {
  for (const [number, { field, value }] of message.fields) {
    if (value.kind === "single") return number === 1 ? "null" : printItem(value.item, itemTypeOf(field), registry, indent);
  }
  return "null";
}

function printAny(message: MessageValue, registry: Registry | undefined, indent: string): string {
  const url = itemAt(message, 1);
  const value = itemAt(message, 2);
  if (typeof url !== "string" || url === "") return value instanceof Uint8Array && value.length > 0 ? bytesOfAny("", value, indent) : "{}";
  const bytes = value instanceof Uint8Array ? value : new Uint8Array();
  const desc = registry?.getMessage(typeNameOfUrl(url));
  if (desc === undefined) return bytesOfAny(url, bytes, indent);
  const inner = decodeDocument(desc, registry, bytes);
  if (inner.problems.length > 0) return bytesOfAny(url, bytes, indent);
  const first: readonly Member[] = [["@type", () => JSON.stringify(url)]];
  if (!hasOwnJson(desc)) return printFields(inner.message, registry, indent, first);
  return printObject([...first, ["value", (deeper) => printMessageAt(inner.message, registry, deeper)]], indent);
}

/** True for types whose JSON is not an object of their fields. */
export function hasOwnJson(desc: DescMessage): boolean {
  return isWrapper(desc) || ownJson.has(desc.typeName);
}

const ownJson: ReadonlySet<string> = new Set(
  ["Any", "Timestamp", "Duration", "FieldMask", "Struct", "ListValue", "Value"].map((name) => `google.protobuf.${name}`),
);

function bytesOfAny(url: string, bytes: Uint8Array, indent: string): string {
  return printObject(
    [
      ["@type", () => JSON.stringify(url)],
      ["@bytes", () => JSON.stringify(base64Encode(bytes))],
    ],
    indent,
  );
}

type Member = readonly [key: string, print: (indent: string) => string];

function printFields(message: MessageValue, registry: Registry | undefined, indent: string, first: readonly Member[]): string {
  const members: Member[] = [...first];
  for (const { field, value } of [...message.fields.values()].toSorted(byNumber)) {
    const key = field.kind === "extension" ? `[${field.typeName}]` : field.jsonName;
    const type = itemTypeOf(field);
    switch (value.kind) {
      case "single":
        if (isImpliedZero(field, value.item)) break;
        members.push([key, (deeper) => printItem(value.item, type, registry, deeper)]);
        break;
      case "list":
        members.push([key, (deeper) => printArray(value.items, type, registry, deeper)]);
        break;
      case "map":
        members.push([
          key,
          (deeper) =>
            printObject(
              value.entries.map((entry) => [String(entry.key), (inner) => printItem(entry.value, type, registry, inner)]),
              deeper,
            ),
        ]);
    }
  }
  return printObject(members, indent);
}

function byNumber(a: { readonly field: Field }, b: { readonly field: Field }): number {
  return a.field.number - b.field.number;
}

function isImpliedZero(field: Field, item: Item): boolean {
  if (field.presence !== implicit || field.oneof !== undefined || isMessageValue(item)) return false;
  const zero = defaultOf(field);
  return !isMessageValue(zero) && sameScalar(item, zero);
}

function printObject(members: readonly Member[], indent: string): string {
  if (members.length === 0) return "{}";
  const deeper = `${indent}  `;
  return `{\n${members.map(([key, print]) => `${deeper}${JSON.stringify(key)}: ${print(deeper)}`).join(",\n")}\n${indent}}`;
}

function printArray(items: readonly Item[], type: ItemType | undefined, registry: Registry | undefined, indent: string): string {
  if (items.length === 0) return "[]";
  const deeper = `${indent}  `;
  return `[\n${items.map((item) => deeper + printItem(item, type, registry, deeper)).join(",\n")}\n${indent}]`;
}

function printItem(item: Item, type: ItemType | undefined, registry: Registry | undefined, indent: string): string {
  if (isMessageValue(item)) return printMessageAt(item, registry, indent);
  if (item instanceof Uint8Array) return `"${base64Encode(item)}"`;
  if (typeof item === "string") return JSON.stringify(item);
  if (typeof item === "boolean") return String(item);
  if (typeof item === "bigint") return `"${item}"`;
  if (type?.kind === "enum") {
    if (type.enum.typeName === "google.protobuf.NullValue") return "null";
    const name = type.enum.value[item]?.jsonName;
    return name === undefined ? String(item) : JSON.stringify(name);
  }
  const text = printNumber(item, type?.kind === "scalar" ? type.scalar : ScalarType.DOUBLE);
  return Number.isFinite(item) ? text : `"${text}"`;
}
