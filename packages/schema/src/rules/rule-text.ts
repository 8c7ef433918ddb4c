import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  isFieldSet,
  isMessage,
  type Message,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import {
  field as fieldOption,
  type FieldRules,
  FieldRulesSchema,
  Ignore,
  message as messageOption,
  oneof as oneofOption,
  type Rule,
} from "@rpcdeck/protocol/buf/validate/validate_pb.ts";
import type { Field } from "../document.ts";
import { printBytes } from "../bytes-text.ts";
import { printEnum } from "../enum-text.ts";

/** What the rules ask of a field, a few words each: "min length 3", "matches ^[a-z]+$". Empty without rules. */
export function rulesOfField(field: Field): readonly string[] {
  return cached(field, () => (hasOptions(field) ? textsOf(getOption(field, fieldOption), field) : []));
}

/** What the rules ask of a oneof. */
export function rulesOfOneof(oneof: DescOneof): readonly string[] {
  return cached(oneof, () => (getOption(oneof, oneofOption).required ? ["one must be set"] : []));
}

/** What the rules ask of a message as a whole. */
export function rulesOfMessage(desc: DescMessage): readonly string[] {
  return cached(desc, () => {
    const rules = getOption(desc, messageOption);
    const oneofs = rules.oneof.map(({ fields, required }) => `${required ? "exactly" : "at most"} one of ${fields.join(", ")}`);
    return [...rules.cel.map(celText), ...rules.celExpression, ...oneofs];
  });
}

/** True when the rules want the field to be there. */
export function isRequiredByRules(field: Field): boolean {
  return hasOptions(field) && getOption(field, fieldOption).required;
}

const texts = new WeakMap<object, readonly string[]>();

function cached(key: object, make: () => readonly string[]): readonly string[] {
  let known = texts.get(key);
  if (known === undefined) {
    known = make();
    texts.set(key, known);
  }
  return known;
}

function hasOptions(field: Field): field is DescField {
  return field.kind === "field" && field.proto.options !== undefined;
}

function celText({ message, expression, id }: Rule): string {
  return message || expression || id;
}

function textsOf(rules: FieldRules, field: DescField): readonly string[] {
  if (rules.ignore === Ignore.ALWAYS) return [];
  const found = [
    ...(rules.required ? ["required"] : []),
    ...typedTexts(rules, field.enum),
    ...rules.cel.map(celText),
    ...rules.celExpression,
  ];
  return rules.ignore === Ignore.IF_ZERO_VALUE && found.length > 0 ? [...found, "unless it is the default"] : found;
}

function typedTexts(rules: FieldRules, desc: DescEnum | undefined): readonly string[] {
  const typed = rules.type.value;
  if (typed === undefined) return [];
  const schema = FieldRulesSchema.fields.find((field) => field.localName === rules.type.case)?.message;
  if (schema === undefined) return [];
  const found: string[] = [];
  for (const field of schema.fields.toSorted((a, b) => place(a) - place(b))) {
    if (field.name === "example" || !isFieldSet(typed, field)) continue;
    const text = ruleText(reflect(schema, typed), field, desc);
    if (text !== undefined) found.push(text);
  }
  if ((typed.$unknown?.length ?? 0) > 0) found.push("a rule of the schema's own");
  return found;
}

/** Lower bounds are told before upper ones; all else in schema order. */
function place({ name, number }: DescField): number {
  return name === "gt" || name === "gte" ? 1 : number;
}

/** One rule in words; undefined for one that asks nothing. */
function ruleText(rules: ReflectMessage, field: DescField, desc: DescEnum | undefined): string | undefined {
  const value: unknown = rules.message[field.localName as keyof Message] ?? oneofValue(rules, field);
  if (isMessage(value, FieldRulesSchema)) {
    const inner = textsOfNested(value, desc);
    return inner.length === 0 ? undefined : `${nested[field.name] ?? field.name}: ${inner.join(", ")}`;
  }
  if (value === false) return field.name === "const" ? "is false" : undefined;
  if (value === true) return switches[field.name] ?? (field.name === "const" ? "is true" : field.name.replaceAll("_", " "));
  const shown = Array.isArray(value)
    ? value.map((item: unknown) => valueText(item, field, desc)).join(", ")
    : valueText(value, field, desc);
  return `${words[field.name] ?? field.name.replaceAll("_", " ")} ${shown}`;
}

function textsOfNested(rules: FieldRules, desc: DescEnum | undefined): readonly string[] {
  return [...(rules.required ? ["required"] : []), ...typedTexts(rules, desc), ...rules.cel.map(celText), ...rules.celExpression];
}

/** A member of a oneof: protobuf-es keeps it under the oneof's name. */
function oneofValue(rules: ReflectMessage, field: DescField): unknown {
  const got: unknown = rules.get(field);
  return typeof got === "object" && got !== null && "message" in got ? got.message : got;
}

function valueText(value: unknown, field: DescField, desc: DescEnum | undefined): string {
  if (desc !== undefined && typeof value === "number") return printEnum(value, desc);
  if (value instanceof Uint8Array)
    return printBytes(value, field.scalar === ScalarType.BYTES && field.name === "pattern" ? "text" : "hex") ?? "";
  if (field.message !== undefined && isMessage(value)) return JSON.stringify(toJson(field.message, value)).replaceAll('"', "");
  return typeof value === "string" && !plain.has(field.name) ? JSON.stringify(value) : String(value);
}

/** Rules whose text needs no quotation marks. */
const plain: ReadonlySet<string> = new Set(["pattern"]);

const nested: Readonly<Record<string, string>> = { items: "each", keys: "keys", values: "values" };

const switches: Readonly<Record<string, string>> = {
  defined_only: "named values only",
  unique: "no duplicates",
  finite: "finite",
  email: "email address",
  ip: "IP address",
  ipv4: "IPv4 address",
  ipv6: "IPv6 address",
  uri: "URI",
  uri_ref: "URI or relative reference",
  uuid: "UUID",
  tuuid: "UUID without dashes",
  ulid: "ULID",
  lt_now: "in the past",
  gt_now: "in the future",
  host_and_port: "host and port",
};

const words: Readonly<Record<string, string>> = {
  const: "is",
  len: "length",
  min_len: "min length",
  max_len: "max length",
  len_bytes: "bytes",
  min_bytes: "min bytes",
  max_bytes: "max bytes",
  pattern: "matches",
  prefix: "starts with",
  suffix: "ends with",
  contains: "contains",
  not_contains: "does not contain",
  in: "one of",
  not_in: "none of",
  lt: "below",
  lte: "at most",
  gt: "above",
  gte: "at least",
  min_items: "min items",
  max_items: "max items",
  min_pairs: "min entries",
  max_pairs: "max entries",
  within: "from now within",
};
