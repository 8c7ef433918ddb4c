// Messages that are made to hurt whoever reads them: nested far deeper than any limit, and with names that mean something in JavaScript.
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatewayError } from "../errors/gateway-error.ts";
import { jsonFromProto, protoFromJson } from "./transcode-message.ts";

const descriptors = readFileSync(new URL("../../../../packages/protocol/descriptors.binpb", import.meta.url));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const message = (name: string) => registry.getMessage(name)!;
const value = message("google.protobuf.Value");
const struct = message("google.protobuf.Struct");
const any = message("google.protobuf.Any");
const hello = message("pb.HelloRequest");
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Tag and length of a LEN field. */
function lenHead(field: number, length: number): Buffer {
  const bytes = [(field << 3) | 2];
  let rest = length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Lists in lists: a Value holds a ListValue (6), which holds Values (1). Built from the inside. */
function nestedList(depth: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let at = 0; at < depth; at++) {
    const head = lenHead(at % 2 === 0 ? 1 : 6, size);
    parts.push(head);
    size += head.length;
  }
  return Buffer.concat(parts.toReversed());
}

/** What became of it; anything but a fault with words is a bug. */
function outcome(run: () => Uint8Array): string {
  try {
    run();
    return "ok";
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.message).not.toMatch(/call stack/u);
    return error.code;
  }
}

test("binary is read 100 deep and no deeper", () => {
  expect(outcome(() => jsonFromProto(value, registry, nestedList(98)))).toBe("schema_missing"); // read, but the innermost Value has no kind
  expect(outcome(() => jsonFromProto(value, registry, nestedList(102)))).toBe("backend_malformed");
});

describe.each([1_000, 20_000, 200_000])("nested %i deep", (depth) => {
  test("lists in binary are refused", () => {
    expect(outcome(() => jsonFromProto(value, registry, nestedList(depth * 2)))).toBe("backend_malformed");
  });
  test("unknown groups in binary are refused", () => {
    const groups = Buffer.concat([Buffer.alloc(depth, (15 << 3) | 3), Buffer.alloc(depth, (15 << 3) | 4)]);
    expect(outcome(() => jsonFromProto(hello, registry, groups))).toBe("backend_malformed");
  });
  test("lists and objects in JSON are refused", () => {
    expect(outcome(() => protoFromJson(value, registry, encode("[".repeat(depth) + "]".repeat(depth))))).toBe("json_invalid");
    expect(outcome(() => protoFromJson(struct, registry, encode(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)))).toBe("json_invalid");
    // In a key that nobody knows, and with an integer that takes the exact way.
    expect(
      outcome(() => protoFromJson(hello, registry, encode(`{"x":${"[".repeat(depth)}12345678901234567890${"]".repeat(depth)}}`))),
    ).toMatch(/^(?:ok|json_invalid)$/u);
  });
  test("Any in Any in JSON is refused", () => {
    const text = `${'{"@type":"type.googleapis.com/google.protobuf.Any","value":'.repeat(depth)}{}${"}".repeat(depth)}`;
    expect(outcome(() => protoFromJson(any, registry, encode(text)))).toBe("json_invalid");
  });
});

test("names that mean something in JavaScript are data, in 10,000 objects", () => {
  const before = Object.getOwnPropertyNames(Object.prototype).toSorted().join();
  const names = fc.oneof(
    fc.constantFrom(
      "__proto__",
      "constructor",
      "prototype",
      "toString",
      "hasOwnProperty",
      "__defineGetter__",
      "0",
      "-1",
      "1e3",
      "length",
      "",
    ),
    fc.string({ unit: "grapheme", maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.string({ maxLength: 5 })), { maxLength: 6 }), (entries) => {
      const own = new Map(entries);
      const text = `{${[...own].map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`).join(",")}}`;
      const back = new TextDecoder().decode(jsonFromProto(struct, registry, protoFromJson(struct, registry, encode(text))));
      const parsed = JSON.parse(back) as object;
      expect(new Map(Object.entries(parsed))).toEqual(own);
    }),
    { numRuns: 10_000 },
  );
  expect(Object.getOwnPropertyNames(Object.prototype).toSorted().join()).toBe(before);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
