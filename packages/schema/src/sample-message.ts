import { type DescMessage, type Registry, ScalarType } from "@bufbuild/protobuf";
import { urlOfType } from "./any-type.ts";
import {
  emptyMessage,
  type Field,
  type FieldValue,
  type Item,
  itemTypeOf,
  type ItemType,
  type MapEntry,
  type MessageValue,
  withField,
} from "./document.ts";
import { encodeDocument } from "./encode-document.ts";
import { fieldPaths, maskTarget } from "./field-paths.ts";

/** Messages deeper than this stay empty, as does a message inside itself. */
const maxDepth = 6;
/** No more fields than this are filled, so that wide schemas give a message a person can read. */
const maxFields = 400;

/** Sample times count back from here, so that one seed always gives one message. */
const sampleNowSeconds = 1_767_225_600n;

/** Bends samples to what a field asks for. */
export interface SampleGuide {
  /** How many items or entries a field should have, where `usual` were made. */
  readonly count: (field: Field, usual: number) => number;
  /** A value that fits where `usual` was made; `part` tells keys of a map from values. */
  readonly item: (field: Field, part: "key" | "value", usual: Item, random: () => number) => Item;
}

const noGuide: SampleGuide = { count: (_, usual) => usual, item: (_field, _part, usual) => usual };

/**
 * A message with sensible values in every field, one member of each oneof. The same seed gives the same message. Deprecated fields stay out.
 */
export function sampleMessage(desc: DescMessage, seed: number, registry: Registry | undefined, guide = noGuide): MessageValue {
  return fill(desc, { random: randomFrom(seed), registry, guide, above: [], filled: { count: 0 } });
}

interface Sampling {
  readonly guide: SampleGuide;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly registry: Registry | undefined;
  readonly above: readonly string[];
  readonly filled: { count: number };
}

function fill(desc: DescMessage, sampling: Sampling): MessageValue {
  const special = wellKnown(desc, sampling);
  if (special !== undefined) return special;
  let message = emptyMessage(desc);
  if (sampling.above.length >= maxDepth || sampling.above.includes(desc.typeName)) return message;
  const inner = { ...sampling, above: [...sampling.above, desc.typeName] };
  for (const member of desc.members) {
    const field = member.kind === "field" ? member : member.fields[Math.floor(sampling.random() * member.fields.length)];
    if (field === undefined || (field.deprecated && field.presence !== 3)) continue;
    if (sampling.filled.count++ >= maxFields && field.presence !== 3) continue;
    const value = sampleField(field, inner);
    if (value !== undefined) message = withField(message, field, value);
  }
  return message;
}

function sampleField(field: Field, sampling: Sampling): FieldValue | undefined {
  const type = itemTypeOf(field);
  const isLoop = type.kind === "message" && sampling.above.includes(type.message.typeName);
  if (isLoop && field.presence !== 3) return undefined;
  const { guide, random } = sampling;
  const item = () => guide.item(field, "value", sampleItem(field, type, sampling), random);
  if (field.fieldKind === "list") return { kind: "list", items: Array.from({ length: guide.count(field, 2) }, item) };
  if (field.fieldKind === "map") {
    const entries = new Map<MapEntry["key"], MapEntry>();
    for (let left = guide.count(field, 1); left > 0; left--) {
      const key = guide.item(field, "key", sampleScalar("key", { kind: "scalar", scalar: field.mapKey }, sampling), random);
      if (typeof key !== "object") entries.set(key, { key, value: item() });
    }
    return { kind: "map", entries: [...entries.values()] };
  }
  return { kind: "single", item: item() };
}

function sampleItem(field: Field, type: ItemType, sampling: Sampling): Item {
  if (type.kind !== "message") return sampleScalar(field.name, type, sampling);
  switch (type.message.typeName) {
    case "google.protobuf.FieldMask":
      return sampleMask(field, type.message, sampling);
    case "google.protobuf.Any":
      return sampleAny(field, type.message, sampling);
    default:
      return fill(type.message, sampling);
  }
}

/** One path of the message that the mask most likely is about. */
function sampleMask(field: Field, desc: DescMessage, sampling: Sampling): MessageValue {
  const target = maskTarget(field);
  const known = target === undefined ? [] : fieldPaths(target, { maxDepth: 0, limit: maxFields, lists: "outside" });
  const path = pick(
    known.filter(({ field: named }) => named !== field && !named.deprecated),
    sampling,
  )?.path;
  const paths = desc.fields[0];
  if (paths === undefined || path === undefined) return emptyMessage(desc);
  return withField(emptyMessage(desc), paths, { kind: "list", items: [path] });
}

/** A message of a type that is at home where the Any is: of the same file, else of the same package, else a Duration. */
function sampleAny(field: Field, desc: DescMessage, sampling: Sampling): MessageValue {
  const [url, value] = desc.fields;
  const inner = pick(typesNear(field, sampling), sampling) ?? sampling.registry?.getMessage("google.protobuf.Duration");
  if (url === undefined || value === undefined || inner === undefined) return emptyMessage(desc);
  const named = withField(emptyMessage(desc), url, { kind: "single", item: urlOfType(inner) });
  const bytes = encodeDocument(fill(inner, sampling));
  return bytes.length === 0 ? named : withField(named, value, { kind: "single", item: bytes });
}

function typesNear(field: Field, { registry, above }: Sampling): readonly DescMessage[] {
  const home = field.kind === "extension" ? field.file : field.parent.file;
  const known = [...(registry ?? [])]
    .filter((type) => type.kind === "message")
    .filter((type) => type.file.proto.package === home.proto.package && type.fields.length > 0 && !above.includes(type.typeName))
    .toSorted((a, b) => (a.typeName < b.typeName ? -1 : 1));
  const nearest = known.filter((type) => type.file.name === home.name);
  return nearest.length > 0 ? nearest : known;
}

function sampleScalar(name: string, type: Exclude<ItemType, { kind: "message" }>, sampling: Sampling): Item {
  if (type.kind === "enum") {
    const named = type.enum.values.filter((value) => value.number !== 0 && !value.deprecated);
    return pick(named.length > 0 ? named : type.enum.values, sampling)?.number ?? 0;
  }
  switch (type.scalar) {
    case ScalarType.STRING:
      return sampleText(name, sampling);
    case ScalarType.BYTES:
      return Uint8Array.from({ length: 8 }, () => Math.floor(sampling.random() * 256));
    case ScalarType.BOOL:
      return sampling.random() < 0.7;
    case ScalarType.DOUBLE:
      if (/(^|_)lat(itude)?$/.test(name)) return Math.round(sampling.random() * 120_000 - 60_000) / 1000;
      if (/(^|_)(ratio|fraction|probability|score)$/.test(name)) return Math.round(sampling.random() * 100) / 100;
      return Math.round(sampling.random() * 10_000) / 100;
    case ScalarType.FLOAT:
      return Math.round(sampling.random() * 400) / 4;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return /(_at|time|seconds)$/.test(name) ? sampleNowSeconds : BigInt(sampleInteger(name, sampling));
    default:
      return sampleInteger(name, sampling);
  }
}

function sampleInteger(name: string, { random }: Sampling): number {
  if (name.endsWith("port")) return 1024 + Math.floor(random() * 60_000);
  if (/(^|_)age$/.test(name)) return 18 + Math.floor(random() * 60);
  if (/(count|size|limit|total)$/.test(name)) return 1 + Math.floor(random() * 20);
  if (name.endsWith("year")) return 2000 + Math.floor(random() * 26);
  return 1 + Math.floor(random() * 1000);
}

const people = ["Ada", "Grace", "Linus", "Margaret", "Dennis", "Barbara", "Ken", "Radia"];
const families = ["Lovelace", "Hopper", "Torvalds", "Hamilton", "Ritchie", "Liskov", "Thompson", "Perlman"];
const words = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour"];

function sampleText(name: string, sampling: Sampling): string {
  const word = () => pick(words, sampling) ?? "";
  const digits = (count: number) => Array.from({ length: count }, () => Math.floor(sampling.random() * 10)).join("");
  const hints: readonly [RegExp, () => string][] = [
    [/e?mail/, () => `${(pick(people, sampling) ?? "").toLowerCase()}@example.com`],
    [/(phone|mobile|number)/, () => `+1 555 ${digits(4)}`],
    [/(uuid|guid)/, () => `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`],
    [/(^|_)id$/, () => `${word()}-${digits(4)}`],
    [/(url|uri|link|href|website)/, () => `https://example.com/${word()}`],
    [/(first_name|given|nick)/, () => pick(people, sampling) ?? ""],
    [/(last_name|surname|family)/, () => pick(families, sampling) ?? ""],
    [/(user|login|handle)/, () => (pick(people, sampling) ?? "").toLowerCase()],
    [/name/, () => `${pick(people, sampling) ?? ""} ${pick(families, sampling) ?? ""}`],
    [/(host|domain)/, () => `${word()}.example.com`],
    [/(^|_)ip($|_)|address$/, () => `192.0.2.${1 + Math.floor(sampling.random() * 254)}`],
    [/city/, () => pick(["Lisbon", "Osaka", "Tartu", "Quito"], sampling) ?? ""],
    [/country/, () => pick(["PT", "JP", "EE", "EC"], sampling) ?? ""],
    [/(currency)/, () => "EUR"],
    [/(lang|locale)/, () => "en-GB"],
    [/(date)/, () => "2026-01-01"],
    [/(message|text|body|description|comment|note|title|summary)/, () => `Hello from ${word()} ${word()}`],
  ];
  const hint = hints.find(([pattern]) => pattern.test(name));
  return hint === undefined ? word() : hint[1]();
}

function wellKnown(desc: DescMessage, sampling: Sampling): MessageValue | undefined {
  const single = (number: number, item: Item) => {
    const field = desc.fields.find((candidate) => candidate.number === number);
    return field === undefined ? emptyMessage(desc) : withField(emptyMessage(desc), field, { kind: "single", item });
  };
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return single(1, sampleNowSeconds - BigInt(Math.floor(sampling.random() * 86_400 * 365)));
    case "google.protobuf.Duration":
      return single(1, BigInt(1 + Math.floor(sampling.random() * 90)));
    case "google.protobuf.Value":
      return single(3, pick(words, sampling) ?? "");
    case "google.protobuf.Struct":
    case "google.protobuf.ListValue": {
      const field = desc.fields[0];
      const value = field?.message === undefined ? undefined : fill(field.message, sampling);
      if (field === undefined || value === undefined) return emptyMessage(desc);
      const content: FieldValue =
        field.fieldKind === "map" ? { kind: "map", entries: [{ key: "key", value }] } : { kind: "list", items: [value] };
      return withField(emptyMessage(desc), field, content);
    }
    default:
      return undefined;
  }
}

function pick<Item>(items: readonly Item[], { random }: Sampling): Item | undefined {
  return items[Math.floor(random() * items.length)];
}

/** mulberry32: small, fast, good enough for samples. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
