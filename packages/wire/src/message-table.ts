import {
  ScalarType,
  type DescEnum,
  type DescExtension,
  type DescField,
  type DescMessage,
  type DescOneof,
  type Registry,
} from "@bufbuild/protobuf";

/** What a field holds, as far as its bytes are concerned. */
export type FieldType =
  | "double"
  | "float"
  | "int64"
  | "uint64"
  | "int32"
  | "fixed64"
  | "fixed32"
  | "bool"
  | "string"
  | "bytes"
  | "uint32"
  | "sfixed32"
  | "sfixed64"
  | "sint32"
  | "sint64"
  | "enum"
  | "message"
  | "group";

/** A field as the wire sees it. The key and value of a map entry are fields too. */
export interface WireField {
  readonly number: number;
  /** Proto name; `[pkg.name]` for an extension; "key" and "value" in a map entry. */
  readonly name: string;
  readonly type: FieldType;
  readonly enum: DescEnum | undefined;
  /** The message of a message, group or map field; a function because types may contain themselves. */
  readonly message: (() => MessageTable) | undefined;
  readonly shape: "singular" | "list" | "map";
  /** A list of this type may come packed. */
  readonly isPackable: boolean;
  /** The schema asks writers to pack it. */
  readonly isPacked: boolean;
  readonly verifiesUtf8: boolean;
  readonly oneof: DescOneof | undefined;
  readonly isRequired: boolean;
  /** Not set and set to the default look alike: the default need not be sent. */
  readonly isImplicit: boolean;
  /** Undefined for the key and value of a map entry. */
  readonly desc: DescField | DescExtension | undefined;
}

/** A message type prepared for reading bytes. */
export interface MessageTable {
  readonly typeName: string;
  /** Undefined for a map entry. */
  readonly desc: DescMessage | undefined;
  /** True for the entry of a map field. */
  readonly isMapEntry: boolean;
  readonly fields: readonly WireField[];
  byNumber(number: number): WireField | undefined;
  byName(name: string): WireField | undefined;
  /** {@link kinds} by field number, for numbers below its length; the rest are found by `kindOf`. */
  readonly smallKinds: Uint8Array;
  kindOf(number: number): number;
  /** The table of a message or group field. */
  childOf(number: number): MessageTable | undefined;
  /** Numbers of required fields. */
  readonly required: readonly number[];
  /** Something can only be said when all of a message has been read: required fields, the signs of a Duration. */
  readonly isCheckedAtEnd: boolean;
  /** The required fields cannot be told by their numbers in one pass: there are more than 31, or one is a closed enum. */
  readonly isRequiredIntricate: boolean;
  /** True for a number that the schema has reserved. */
  isReserved(number: number): boolean;
  /** For the item of a MessageSet: the message type that a type id stands for. Undefined for other messages. */
  readonly typeOfId: ((typeId: number) => MessageTable | undefined) | undefined;
}

/** How the walk treats a field; `packable` is added for lists that may come packed. 0 is unknown. */
export const kinds = {
  unknown: 0,
  varint64: 1,
  varint32: 2,
  bool: 3,
  i64: 4,
  i32: 5,
  text: 6,
  bytes: 7,
  message: 8,
  group: 9,
  /** 32 bits without a sign: a ten-byte negative does not fit. */
  uint32: 10,
  /** A string that is not checked to be UTF-8. */
  looseText: 11,
  /** The type URL of an Any. */
  typeUrl: 12,
  /** The message of a MessageSet's item. */
  held: 13,
  timestampSeconds: 14,
  timestampNanos: 15,
  durationSeconds: 16,
  durationNanos: 17,
  /** The type id of a MessageSet's item, which must not be 0. */
  typeId: 18,
  packable: 32,
} as const;

/** Fields of protobuf's own types that are checked beyond their type. */
const special: Readonly<Record<string, readonly (readonly [number: number, type: FieldType, kind: number])[]>> = {
  "google.protobuf.Timestamp": [
    [1, "int64", kinds.timestampSeconds],
    [2, "int32", kinds.timestampNanos],
  ],
  "google.protobuf.Duration": [
    [1, "int64", kinds.durationSeconds],
    [2, "int32", kinds.durationNanos],
  ],
  "google.protobuf.Any": [[1, "string", kinds.typeUrl]],
};

const noOptions = { desc: undefined, isMapEntry: false, typeOfId: undefined } as const;

const smallest = 64;
const largestSmall = 2048;

const withoutRegistry = new WeakMap<DescMessage, MessageTable>();
const withRegistry = new WeakMap<Registry, WeakMap<DescMessage, MessageTable>>();

/** The table of a message type; extensions come from `registry`. Cached for as long as the descriptor lives. */
export function messageTable(desc: DescMessage, registry?: Registry): MessageTable {
  let cache = withoutRegistry;
  if (registry !== undefined) {
    cache = withRegistry.get(registry) ?? new WeakMap();
    withRegistry.set(registry, cache);
  }
  const cached = cache.get(desc);
  if (cached !== undefined) return cached;
  const fields: WireField[] = desc.fields.map((field) => wireField(field, registry));
  if (desc.proto.options?.messageSetWireFormat === true) fields.push(messageSetItem(desc, registry));
  if (registry !== undefined && desc.proto.extensionRange.length > 0) {
    for (const type of registry) {
      if (type.kind === "extension" && type.extendee.typeName === desc.typeName) fields.push(wireField(type, registry));
    }
  }
  const table = tableOf(desc.typeName, fields, { ...noOptions, desc });
  cache.set(desc, table);
  return table;
}

const scalarNames: Record<ScalarType, FieldType> = {
  [ScalarType.DOUBLE]: "double",
  [ScalarType.FLOAT]: "float",
  [ScalarType.INT64]: "int64",
  [ScalarType.UINT64]: "uint64",
  [ScalarType.INT32]: "int32",
  [ScalarType.FIXED64]: "fixed64",
  [ScalarType.FIXED32]: "fixed32",
  [ScalarType.BOOL]: "bool",
  [ScalarType.STRING]: "string",
  [ScalarType.BYTES]: "bytes",
  [ScalarType.UINT32]: "uint32",
  [ScalarType.SFIXED32]: "sfixed32",
  [ScalarType.SFIXED64]: "sfixed64",
  [ScalarType.SINT32]: "sint32",
  [ScalarType.SINT64]: "sint64",
};

const fieldPresence = { legacyRequired: 3, implicit: 2 } as const;

function wireField(desc: DescField | DescExtension, registry: Registry | undefined): WireField {
  const shape = desc.fieldKind === "list" ? "list" : desc.fieldKind === "map" ? "map" : "singular";
  const { message } = desc;
  const type: FieldType =
    desc.fieldKind === "map"
      ? "message"
      : message !== undefined
        ? "delimitedEncoding" in desc && desc.delimitedEncoding
          ? "group"
          : "message"
        : desc.enum !== undefined
          ? "enum"
          : desc.scalar === undefined
            ? "bytes"
            : scalarNames[desc.scalar];
  return {
    number: desc.number,
    name: desc.kind === "extension" ? `[${desc.typeName}]` : desc.name,
    type,
    enum: desc.fieldKind === "map" ? undefined : desc.enum,
    message:
      desc.fieldKind === "map"
        ? once(() => mapEntryTable(desc, registry))
        : message === undefined
          ? undefined
          : () => messageTable(message, registry),
    shape,
    isPackable: shape === "list" && isPackableType(type),
    isPacked: desc.fieldKind === "list" && desc.packed,
    verifiesUtf8: type === "string" && desc.utf8Validation,
    oneof: desc.oneof,
    isRequired: desc.presence === fieldPresence.legacyRequired,
    isImplicit: shape === "singular" && desc.presence === fieldPresence.implicit,
    desc,
  };
}

function mapEntryTable(desc: DescField & { fieldKind: "map" }, registry: Registry | undefined): MessageTable {
  const { message } = desc;
  const common = {
    shape: "singular",
    isPackable: false,
    isPacked: false,
    oneof: undefined,
    isRequired: false,
    isImplicit: false,
    desc: undefined,
  } as const;
  const keyType = scalarNames[desc.mapKey];
  const valueType: FieldType =
    message !== undefined ? "message" : desc.enum !== undefined ? "enum" : scalarNames[desc.scalar as ScalarType];
  const fields: readonly WireField[] = [
    {
      ...common,
      number: 1,
      name: "key",
      type: keyType,
      enum: undefined,
      message: undefined,
      verifiesUtf8: keyType === "string" && desc.utf8Validation,
    },
    {
      ...common,
      number: 2,
      name: "value",
      type: valueType,
      enum: desc.enum,
      message: message === undefined ? undefined : () => messageTable(message, registry),
      verifiesUtf8: valueType === "string" && desc.utf8Validation,
    },
  ];
  return tableOf(`${desc.parent.typeName}.${desc.name} entry`, fields, { ...noOptions, isMapEntry: true });
}

/** Items of a message with `message_set_wire_format`: group 1 of `type_id` 2 and `message` 3. */
function messageSetItem(set: DescMessage, registry: Registry | undefined): WireField {
  const fields = [
    { ...runField(2, undefined, "uint32"), name: "type_id", shape: "singular", isPackable: false, isPacked: false } as const,
    { ...runField(3, undefined, "bytes"), name: "message", shape: "singular", isPackable: false, isPacked: false } as const,
  ];
  const typeOfId = (typeId: number): MessageTable | undefined => {
    const extension = registry?.getExtensionFor(set, typeId);
    return extension?.message === undefined ? undefined : messageTable(extension.message, registry);
  };
  const message = once(() => tableOf(`${set.typeName} item`, fields, { ...noOptions, typeOfId }));
  return { ...runField(1, undefined, "group"), name: "item", isPackable: false, isPacked: false, message };
}

interface TableOptions {
  readonly desc: DescMessage | undefined;
  readonly isMapEntry: boolean;
  readonly typeOfId: MessageTable["typeOfId"];
}

function tableOf(typeName: string, fields: readonly WireField[], { desc, isMapEntry, typeOfId }: TableOptions): MessageTable {
  const numbers = new Map(fields.map((field) => [field.number, field]));
  const names = new Map(fields.map((field) => [field.name, field]));
  let size = smallest;
  for (const { number } of fields) if (number < largestSmall) size = Math.max(size, number + 1);
  const smallKinds = new Uint8Array(size);
  for (const field of fields) if (field.number < size) smallKinds[field.number] = kindCode(field);
  for (const [number, type, kind] of special[typeName] ?? []) if (numbers.get(number)?.type === type) smallKinds[number] = kind;
  if (typeOfId !== undefined) smallKinds.set([kinds.typeId, kinds.held], 2);
  const required = fields.filter((field) => field.isRequired);
  const reserved = desc?.proto.reservedRange ?? [];
  const children: (MessageTable | undefined)[] = Array.from({ length: size });
  return {
    typeName,
    desc,
    isMapEntry,
    fields,
    byNumber: (number) => numbers.get(number),
    byName: (name) => names.get(name),
    smallKinds,
    kindOf(number) {
      if (number < size) return smallKinds[number] as number;
      const field = numbers.get(number);
      return field === undefined ? kinds.unknown : kindCode(field);
    },
    childOf(number) {
      const known = children[number];
      if (known !== undefined) return known;
      const child = numbers.get(number)?.message?.();
      if (child !== undefined && number < size) children[number] = child;
      return child;
    },
    required: required.map((field) => field.number),
    isCheckedAtEnd: required.length > 0 || typeName === "google.protobuf.Duration",
    isRequiredIntricate: required.length > 31 || required.some((field) => field.enum?.open === false),
    isReserved: (number) => reserved.some(({ start, end }) => number >= start && number < end),
    typeOfId,
  };
}

function kindCode(field: WireField): number {
  return plainKind(field) | (field.isPackable ? kinds.packable : 0);
}

function plainKind({ type, verifiesUtf8 }: WireField): number {
  switch (type) {
    case "int64":
    case "uint64":
    case "sint64":
      return kinds.varint64;
    case "uint32":
    case "sint32":
      return kinds.uint32;
    case "int32":
    case "enum":
      return kinds.varint32;
    case "bool":
      return kinds.bool;
    case "double":
    case "fixed64":
    case "sfixed64":
      return kinds.i64;
    case "float":
    case "fixed32":
    case "sfixed32":
      return kinds.i32;
    case "string":
      return verifiesUtf8 ? kinds.text : kinds.looseText;
    case "bytes":
      return kinds.bytes;
    case "message":
      return kinds.message;
    case "group":
      return kinds.group;
  }
}

/** True for types that a list may pack: numbers, bool and enum. */
function isPackableType(type: FieldType): boolean {
  return type !== "string" && type !== "bytes" && type !== "message" && type !== "group";
}

/** The field that the elements of a run are read with when the user has chosen their type, whatever is declared. */
export function runField(number: number, declared: WireField | undefined, type: FieldType): WireField {
  return {
    number,
    name: declared?.name ?? `#${number}`,
    type,
    enum: undefined,
    message: undefined,
    shape: "list",
    isPackable: true,
    isPacked: true,
    verifiesUtf8: false,
    oneof: undefined,
    isRequired: false,
    isImplicit: false,
    desc: undefined,
  };
}

/** The wire type a field of this type is written with, unpacked. */
export function wireTypeOf(type: FieldType): 0 | 1 | 2 | 3 | 5 {
  switch (type) {
    case "double":
    case "fixed64":
    case "sfixed64":
      return 1;
    case "float":
    case "fixed32":
    case "sfixed32":
      return 5;
    case "string":
    case "bytes":
    case "message":
      return 2;
    case "group":
      return 3;
    default:
      return 0;
  }
}

/** True when `wireType` is how a field of this kind is written, or the packed form of a list. */
export function isReadable(field: Pick<WireField, "type" | "isPackable">, wireType: number): boolean {
  return wireTypeOf(field.type) === wireType || (wireType === 2 && field.isPackable);
}

function once<Value>(make: () => Value): () => Value {
  let value: Value | undefined;
  return () => (value ??= make());
}
