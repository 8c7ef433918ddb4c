import { type DescField, type DescMessage, type DescOneof, type Registry, ScalarType } from "@bufbuild/protobuf";
import { docComment } from "./doc-comment.ts";
import { type Field, itemTypeOf, type ItemType } from "./document.ts";
import { scalarName } from "./number-text.ts";
import { isWrapper } from "./well-known.ts";

/** Whether a reader can tell an absent field from one that holds its default, and whether it must be there. */
export type Presence = "implicit" | "explicit" | "required";

/** Which control a value takes. */
export type ControlKind =
  | "text"
  | "bytes"
  | "bool"
  | "integer"
  | "floating"
  | "enum"
  | "message"
  | "timestamp"
  | "duration"
  | "field-mask"
  | "json"
  | "any"
  | "wrapper"
  | "empty";

/** A line of a form: a field, or a oneof with its members. */
export type FormRow =
  | { readonly kind: "field"; readonly field: FieldRow }
  | {
      readonly kind: "oneof";
      readonly oneof: DescOneof;
      readonly name: string;
      readonly doc: string;
      readonly members: readonly FieldRow[];
    };

/** All a form needs to know of a field, from its descriptor alone. */
export interface FieldRow {
  readonly field: Field;
  readonly shape: "single" | "list" | "map";
  readonly item: ItemType;
  readonly control: ControlKind;
  readonly presence: Presence;
  /** As .proto files write it: `optional int32`, `repeated PhoneNumber`, `map<string, string>`. */
  readonly typeLabel: string;
  /** Doc comment; empty when there is none. */
  readonly doc: string;
  readonly deprecated: boolean;
}

const rows = new WeakMap<DescMessage, readonly FormRow[]>();

/** The lines of a form for a message, in order of appearance in the schema. Not recursive: ask again for a message inside. Cached. */
export function fieldRows(desc: DescMessage): readonly FormRow[] {
  let known = rows.get(desc);
  if (known === undefined) {
    known = desc.members.map((member): FormRow =>
      member.kind === "field"
        ? { kind: "field", field: rowOf(member) }
        : { kind: "oneof", oneof: member, name: member.name, doc: docComment(member), members: member.fields.map(rowOf) },
    );
    rows.set(desc, known);
  }
  return known;
}

const single = new WeakMap<Field, FieldRow>();

/** The line of one field or extension. Cached. */
export function rowOf(field: Field): FieldRow {
  let row = single.get(field);
  if (row === undefined) {
    const item = itemTypeOf(field);
    row = {
      field,
      shape: field.fieldKind === "list" || field.fieldKind === "map" ? field.fieldKind : "single",
      item,
      control: controlOf(item),
      presence: presenceOf(field),
      typeLabel: typeLabel(field),
      doc: docComment(field),
      deprecated: field.deprecated,
    };
    single.set(field, row);
  }
  return row;
}

/** Extensions of a message that a registry knows, by number. */
export function extensionRows(desc: DescMessage, registry: Registry): readonly FieldRow[] {
  if (desc.proto.extensionRange.length === 0) return [];
  return [...registry]
    .filter((type) => type.kind === "extension")
    .filter((extension) => extension.extendee.typeName === desc.typeName)
    .toSorted((a, b) => a.number - b.number)
    .map(rowOf);
}

/** Which control an item takes. */
export function controlOf(item: ItemType): ControlKind {
  if (item.kind === "enum") return "enum";
  if (item.kind === "message") {
    if (isWrapper(item.message)) return "wrapper";
    return wellKnownControls.get(item.message.typeName) ?? "message";
  }
  switch (item.scalar) {
    case ScalarType.STRING:
      return "text";
    case ScalarType.BYTES:
      return "bytes";
    case ScalarType.BOOL:
      return "bool";
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return "floating";
    default:
      return "integer";
  }
}

const wellKnownControls: ReadonlyMap<string, ControlKind> = new Map([
  ["google.protobuf.Timestamp", "timestamp"],
  ["google.protobuf.Duration", "duration"],
  ["google.protobuf.FieldMask", "field-mask"],
  ["google.protobuf.Struct", "json"],
  ["google.protobuf.Value", "json"],
  ["google.protobuf.ListValue", "json"],
  ["google.protobuf.Any", "any"],
  ["google.protobuf.Empty", "empty"],
]);

/** The type of a field as .proto files write it, short names for messages and enums. */
export function typeLabel(field: Field): string {
  const item = itemName(itemTypeOf(field));
  if (field.fieldKind === "map") return `map<${scalarName(field.mapKey)}, ${item}>`;
  if (field.fieldKind === "list") return `repeated ${item}`;
  const presence = presenceOf(field);
  if (presence === "required") return `required ${item}`;
  return presence === "explicit" && field.message === undefined && field.oneof === undefined ? `optional ${item}` : item;
}

/** The short name of an item's type. */
export function itemName(item: ItemType): string {
  switch (item.kind) {
    case "scalar":
      return scalarName(item.scalar);
    case "enum":
      return item.enum.name;
    case "message":
      return item.message.name;
  }
}

function presenceOf(field: Field | DescField): Presence {
  if (field.fieldKind === "list" || field.fieldKind === "map") return "implicit";
  if (field.presence === 3) return "required";
  return field.presence === 2 ? "implicit" : "explicit";
}
