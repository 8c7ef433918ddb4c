import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { messageTable, wireTypes, type FieldType, type MessageTable, type WireField } from "@rpcdeck/wire";
import type { Random } from "./random.ts";

const deepest = 5;
const texts = [
  "",
  "a",
  "hi",
  "updateMask",
  "PLAYERGROUP",
  "Zoë 李家豪 🚲",
  "two\nlines\tand \\ \"quotes\" 'too'",
  "\u0000\u0001\u007f\u0085",
  "\ufeffmarked",
  "a\u202eb\u2028c",
  "https://example.com/".repeat(8),
].map((text) => new TextEncoder().encode(text));
/** Not UTF-8: a lone continuation, an overlong form, a surrogate, one above U+10FFFF, a cut sequence. */
const brokenTexts = [[0x80], [0x61, 0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x61, 0xe6, 0x9d]];
const interesting = [
  0n,
  1n,
  2n,
  3n,
  127n,
  128n,
  150n,
  300n,
  (1n << 31n) - 1n,
  1n << 31n,
  (1n << 32n) - 1n,
  1n << 32n,
  1_795_326_068n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
  (1n << 64n) - 0x8000_0000n,
];
/** Field numbers that a schema rarely has. */
const oddNumbers = [0, 1, 2, 15, 16, 99, 2047, 2048, 18_999, 19_000, 19_999, 536_870_911];

/**
 * Bytes of a message of type `desc`, as a careless writer might spell them: fields in any order and again, packed or not, unknown and
 * mistyped fields, overlong varints, wrong lengths and end tags now and then. Without a type: records of any number and wire type.
 */
export function randomMessage(desc: DescMessage | undefined, random: Random, registry?: Registry): Uint8Array {
  const out: number[] = [];
  writeFields(out, desc === undefined ? undefined : messageTable(desc, registry), random, 0);
  return Uint8Array.from(out);
}

/** `bytes` with one to three changes: bytes set, put in, taken out or doubled, the end cut off. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = Array.from(bytes);
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const at = random.below(changed.length + 1);
    const byte = random.oneIn(2) ? random.below(256) : random.pick([0, 1, 2, 8, 0x0a, 0x0b, 0x0c, 0x0f, 0x7f, 0x80, 0xff]);
    switch (random.below(6)) {
      case 0:
      case 1:
        if (at < changed.length) changed[at] = byte;
        break;
      case 2:
        changed.splice(at, 0, byte);
        break;
      case 3:
        changed.splice(at, 1 + random.below(3));
        break;
      case 4:
        changed.splice(at, 0, ...changed.slice(at, at + random.below(12)));
        break;
      default:
        if (random.oneIn(2)) changed.length = at;
        else if (at < changed.length) changed[at] = (changed[at] as number) ^ (1 << random.below(8));
    }
  }
  return Uint8Array.from(changed);
}

function writeFields(out: number[], table: MessageTable | undefined, random: Random, depth: number): void {
  const count = depth === 0 ? 1 + random.below(6) : random.below(4);
  for (let written = 0; written < count; written++) {
    const field = table === undefined || table.fields.length === 0 || random.oneIn(16) ? undefined : random.pick(table.fields);
    if (field === undefined) writeUnknown(out, random, depth);
    else writeField(out, field, random, depth);
  }
  // Required fields are mostly there, else hardly any message would be complete.
  if (table === undefined || depth > deepest) return;
  for (const number of table.required) {
    const field = random.oneIn(10) ? undefined : table.byNumber(number);
    if (field !== undefined) writeField(out, field, random, deepest);
  }
}

function writeField(out: number[], field: WireField, random: Random, depth: number): void {
  const { number, type } = field;
  if (random.oneIn(40)) {
    // The declared number, but any wire type: readers must set it aside.
    writeRecord(out, number, random.pick([0, 1, 2, 3, 5]), random, depth);
    return;
  }
  if (field.isPackable && random.oneIn(2)) {
    writeTag(out, number, wireTypes.len, random);
    const run: number[] = [];
    for (let elements = random.below(5); elements > 0; elements--) writeScalar(run, field, random);
    if (random.oneIn(60) && run.length > 0) run.pop();
    writeLen(out, run, random);
    return;
  }
  if (type === "message" || type === "group") {
    const inner: number[] = [];
    if (depth < deepest) writeFields(inner, field.message?.(), random, depth + 1);
    if (type === "message") {
      writeTag(out, number, wireTypes.len, random);
      writeLen(out, inner, random);
      return;
    }
    writeGroup(out, number, inner, random);
    return;
  }
  writeTag(out, number, wireTypeOf(type), random);
  if (type === "string" || type === "bytes") writeLen(out, text(random, type), random);
  else writeScalar(out, field, random);
}

function writeUnknown(out: number[], random: Random, depth: number): void {
  const number = random.oneIn(8) ? random.pick(oddNumbers) : 1 + random.below(20);
  writeRecord(out, number, random.oneIn(30) ? random.pick([4, 6, 7]) : random.pick([0, 1, 2, 2, 3, 5]), random, depth);
}

function writeRecord(out: number[], number: number, wireType: number, random: Random, depth: number): void {
  if (wireType !== wireTypes.startGroup) writeTag(out, number, wireType, random);
  switch (wireType) {
    case wireTypes.varint:
      writeVarint(out, integer(random), random);
      break;
    case wireTypes.i64:
      for (let byte = 0; byte < 8; byte++) out.push(random.below(256));
      break;
    case wireTypes.i32:
      for (let byte = 0; byte < 4; byte++) out.push(random.below(256));
      break;
    case wireTypes.len: {
      const inner: number[] = [];
      if (random.oneIn(2) && depth < deepest) writeFields(inner, undefined, random, depth + 1);
      writeLen(out, inner.length > 0 ? inner : text(random, "bytes"), random);
      break;
    }
    case wireTypes.startGroup: {
      const inner: number[] = [];
      if (depth < deepest) writeFields(inner, undefined, random, depth + 1);
      writeGroup(out, number, inner, random);
      break;
    }
    default:
  }
}

function writeGroup(out: number[], number: number, inner: ArrayLike<number>, random: Random): void {
  writeTag(out, number, wireTypes.startGroup, random);
  append(out, inner);
  if (!random.oneIn(40)) writeTag(out, random.oneIn(40) ? number + 1 : number, wireTypes.endGroup, random);
}

function writeLen(out: number[], inner: ArrayLike<number>, random: Random): void {
  const length = random.oneIn(80) ? inner.length + random.pick([-1, 1, 2, 300]) : inner.length;
  writeVarint(out, BigInt(Math.max(0, length)), random);
  append(out, inner);
}

function writeScalar(out: number[], { type, enum: values }: WireField, random: Random): void {
  switch (wireTypeOf(type)) {
    case wireTypes.i64:
      writeFixed(out, random.oneIn(2) ? floatBits(random.pick(floats)) : random.pick(interesting), 8);
      break;
    case wireTypes.i32:
      writeFixed(out, random.oneIn(2) ? smallFloatBits(random.pick(floats)) : random.pick(interesting), 4);
      break;
    default:
      if (values !== undefined && !random.oneIn(4)) writeVarint(out, BigInt.asUintN(64, BigInt(random.pick(values.values).number)), random);
      else if (type === "bool" && !random.oneIn(8)) writeVarint(out, BigInt(random.below(2)), random);
      else writeVarint(out, integer(random), random);
  }
}

const floats = [
  0,
  -0,
  1,
  -1.5,
  0.1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  1e300,
  1.17549435e-38,
  16_777_217,
];
const scratch = new DataView(new ArrayBuffer(8));

function floatBits(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}

function smallFloatBits(value: number): bigint {
  scratch.setFloat32(0, value);
  return BigInt(scratch.getUint32(0));
}

function writeFixed(out: number[], bits: bigint, size: number): void {
  for (let byte = 0; byte < size; byte++) out.push(Number((bits >> BigInt(8 * byte)) & 0xffn));
}

function integer(random: Random): bigint {
  if (random.oneIn(2)) return BigInt(random.below(200));
  if (random.oneIn(2)) return random.pick(interesting);
  return (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
}

function text(random: Random, type: FieldType): ArrayLike<number> {
  if (random.oneIn(type === "bytes" ? 3 : 40)) {
    if (type === "string") return random.pick(brokenTexts);
    return Array.from({ length: random.below(12) }, () => random.below(256));
  }
  return random.pick(texts);
}

function writeTag(out: number[], number: number, wireType: number, random: Random): void {
  writeVarint(out, BigInt(number * 8 + wireType), random, 60);
}

/** A varint, once in `times` longer than needed. */
function writeVarint(out: number[], value: bigint, random: Random, times = 30): void {
  let rest = value;
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
  if (!random.oneIn(times)) return;
  for (let more = 1 + random.below(random.oneIn(4) ? 10 : 3); more > 0; more--) {
    out[out.length - 1] = (out.at(-1) as number) | 0x80;
    out.push(0);
  }
}

function append(out: number[], bytes: ArrayLike<number>): void {
  for (let at = 0; at < bytes.length; at++) out.push(bytes[at] as number);
}

function wireTypeOf(type: FieldType): 0 | 1 | 2 | 3 | 5 {
  switch (type) {
    case "double":
    case "fixed64":
    case "sfixed64":
      return wireTypes.i64;
    case "float":
    case "fixed32":
    case "sfixed32":
      return wireTypes.i32;
    case "string":
    case "bytes":
    case "message":
      return wireTypes.len;
    case "group":
      return wireTypes.startGroup;
    default:
      return wireTypes.varint;
  }
}
