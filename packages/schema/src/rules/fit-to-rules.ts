import { type DescMessage, isFieldSet, type Message } from "@bufbuild/protobuf";
import { type BytesRules, type FieldRules, FieldRulesSchema, type StringRules } from "@rpcdeck/protocol/buf/validate/validate_pb.ts";
import { emptyMessage, isMessageValue, type Item, type MessageValue, withField, withoutField } from "../document.ts";
import { textForPattern } from "./text-for-pattern.ts";

/** Texts are padded no further than this to reach a length. */
const maxPadded = 10_000;

type Random = () => number;

/** The usual value where it keeps the rules or nothing better is known, else one that is aimed at them. Whether it hits is for the caller to check. */
export function fitToRules(rules: FieldRules | undefined, usual: Item, random: Random): Item {
  const typed = rules?.type.value;
  const schema = FieldRulesSchema.fields.find((field) => field.localName === rules?.type.case)?.message;
  if (typed === undefined || schema === undefined) return usual;
  const fixed = fixedValue(typed, schema, random);
  if (isMessageValue(usual)) return fitDuration(typed, usual, random);
  if (fixed !== undefined) return fixed;
  if (typed.$typeName === "buf.validate.StringRules") return typeof usual === "string" ? fitText(typed, usual, random) : usual;
  if (typed.$typeName === "buf.validate.BytesRules") return usual instanceof Uint8Array ? fitBytes(typed, usual) : usual;
  return typeof usual === "number" || typeof usual === "bigint" ? fitNumber(typed, usual, random) : usual;
}

/** The value of `const`, or one of `in`. */
function fixedValue(typed: Message, schema: DescMessage, random: Random): Item | undefined {
  const constant = schema.field["const"];
  if (constant !== undefined && isFieldSet(typed, constant) && "const" in typed) return asScalar(typed.const);
  return "in" in typed && Array.isArray(typed.in) && typed.in.length > 0 ? asScalar(pick<unknown>(typed.in, random)) : undefined;
}

function asScalar(value: unknown): Item | undefined {
  const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
  return isScalar || value instanceof Uint8Array ? value : undefined;
}

interface Bounds {
  readonly least: number | bigint | undefined;
  readonly most: number | bigint | undefined;
}

function boundsOf(typed: object): Bounds {
  const step = (rule: unknown, by: number): number | bigint | undefined => {
    if (typeof rule !== "object" || rule === null || !("case" in rule) || !("value" in rule)) return undefined;
    const isExclusive = rule.case === "lt" || rule.case === "gt";
    if (typeof rule.value === "bigint") return isExclusive ? rule.value + BigInt(by) : rule.value;
    return typeof rule.value === "number" ? rule.value + (isExclusive ? by : 0) : undefined;
  };
  return {
    least: "greaterThan" in typed ? step(typed.greaterThan, 1) : undefined,
    most: "lessThan" in typed ? step(typed.lessThan, -1) : undefined,
  };
}

function fitNumber<Value extends number | bigint>(typed: object, usual: Value, random: Random): number | bigint {
  const { least, most } = boundsOf(typed);
  if ((least === undefined || usual >= least) && (most === undefined || usual <= most)) return usual;
  const room = least !== undefined && most !== undefined && most >= least ? Number(most) - Number(least) : 100;
  const isWhole = typeof usual === "bigint" || Number.isInteger(usual);
  const beyond = isWhole ? Math.floor(random() * (Math.min(room, 1e6) + 1)) : random() * room;
  if (typeof usual === "bigint") return least === undefined ? BigInt(most ?? 0) - BigInt(beyond) : BigInt(least) + BigInt(beyond);
  return least === undefined ? Number(most ?? 0) - beyond : Number(least) + beyond;
}

function fitText(rules: StringRules, usual: string, random: Random): string {
  let text = wellKnown(rules, random) ?? usual;
  if (rules.pattern !== "") text = textForPattern(rules.pattern, random) ?? text;
  if (rules.contains !== "" && !text.includes(rules.contains)) text += rules.contains;
  if (rules.prefix !== "" && !text.startsWith(rules.prefix)) text = rules.prefix + text;
  if (rules.suffix !== "" && !text.endsWith(rules.suffix)) text += rules.suffix;
  const most = Number(rules.len || rules.maxLen || rules.lenBytes || rules.maxBytes) || Number.POSITIVE_INFINITY;
  const least = Math.min(maxPadded, Number(rules.len || rules.minLen || rules.lenBytes || rules.minBytes));
  const [head, tail] = [Array.from(text.slice(0, text.length - rules.suffix.length)), Array.from(rules.suffix)];
  while (head.length + tail.length < least) head.push("abcdefghij"[Math.floor(random() * 10)] ?? "a");
  return [...head.slice(0, Math.max(0, most - tail.length)), ...tail].join("");
}

function wellKnown({ wellKnown: known }: StringRules, random: Random): string | undefined {
  const hex = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join("");
  const host = `${pick(["amber", "birch", "cedar", "delta"], random) ?? "amber"}.example.com`;
  switch (known.case) {
    case "email":
      return `${pick(["ada", "grace", "linus", "radia"], random) ?? "ada"}@example.com`;
    case "hostname":
    case "address":
      return host;
    case "ip":
    case "ipv4":
      return `192.0.2.${1 + Math.floor(random() * 254)}`;
    case "ipv6":
      return `2001:db8::${hex(4)}`;
    case "uri":
    case "uriRef":
      return `https://${host}/`;
    case "uuid":
      return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
    case "tuuid":
      return `${hex(12)}4${hex(3)}8${hex(15)}`;
    case "ulid":
      return `01${hex(24).toUpperCase()}`;
    case "hostAndPort":
      return `${host}:${1024 + Math.floor(random() * 60_000)}`;
    case "ipWithPrefixlen":
    case "ipv4WithPrefixlen":
      return "192.0.2.7/24";
    case "ipPrefix":
    case "ipv4Prefix":
      return "192.0.2.0/24";
    case "ipv6WithPrefixlen":
      return "2001:db8::7/48";
    case "ipv6Prefix":
      return "2001:db8::/48";
    default:
      return undefined;
  }
}

function fitBytes(rules: BytesRules, usual: Uint8Array): Uint8Array {
  const sizes: Readonly<Record<string, number>> = { ip: 4, ipv4: 4, ipv6: 16, uuid: 16 };
  const least = sizes[rules.wellKnown.case ?? ""] ?? Number(rules.len || rules.minLen);
  const most = (sizes[rules.wellKnown.case ?? ""] ?? Number(rules.len || rules.maxLen)) || Number.POSITIVE_INFINITY;
  const parts = [...rules.prefix, ...usual, ...rules.contains];
  while (parts.length + rules.suffix.length < Math.min(least, maxPadded)) parts.push(parts.length & 0xff);
  return Uint8Array.from([...parts.slice(0, Math.max(0, most - rules.suffix.length)), ...rules.suffix]);
}

/** A Duration or Timestamp within its bounds, to the second. */
function fitDuration(typed: Message, usual: MessageValue, random: Random): MessageValue {
  const seconds = usual.desc.fields[0];
  const isTime = typed.$typeName === "buf.validate.DurationRules" || typed.$typeName === "buf.validate.TimestampRules";
  if (!isTime || seconds === undefined) return usual;
  const of = (rule: unknown): bigint | undefined => {
    const value: unknown = typeof rule === "object" && rule !== null && "value" in rule ? rule.value : rule;
    return typeof value === "object" && value !== null && "seconds" in value && typeof value.seconds === "bigint"
      ? value.seconds
      : undefined;
  };
  const constant = "const" in typed ? of(typed.const) : undefined;
  const least = "greaterThan" in typed ? of(typed.greaterThan) : undefined;
  const most = "lessThan" in typed ? of(typed.lessThan) : undefined;
  if (constant === undefined && least === undefined && most === undefined) return usual;
  const low = least ?? (most ?? 0n) - 100n;
  const room = Number((most ?? low + 100n) - low);
  // One second inside, so that bounds that do not include themselves are kept too.
  const chosen = constant ?? low + BigInt(room > 1 ? 1 + Math.floor(random() * (room - 1)) : 0);
  const bare = emptyMessage(usual.desc);
  return chosen === 0n ? withoutField(bare, seconds) : withField(bare, seconds, { kind: "single", item: chosen });
}

function pick<Value>(items: readonly Value[], random: Random): Value | undefined {
  return items[Math.floor(random() * items.length)];
}
