import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { parse } from "./parse.ts";
import { scalarText } from "./scalar-text.ts";
import { parsesStrictly } from "./scan-level.ts";
import { validate } from "./validate.ts";
import { readVarint } from "./varint.ts";
import type { WireIndex, WireLevel } from "./wire-index.ts";

/** The reference: npm `protoc` carries a static binary. */
const protoc = findProtoc();
const protos = join(import.meta.dirname, "../../../protos");
const temporary = mkdtempSync(join(tmpdir(), "rpcdeck-wire-"));
afterAll(() => {
  rmSync(temporary, { recursive: true });
});

function findProtoc(): string {
  const require = createRequire(import.meta.url);
  const assets = require.resolve("protoc/assets.json");
  const known = require(assets) as { platform: string; arch: string; executable: string }[];
  const asset = known.find(({ platform, arch }) => platform === process.platform && arch === process.arch);
  const path = join(dirname(assets), "bin", asset?.executable ?? "none");
  if (!existsSync(path)) throw new Error(`npm protoc has no binary for ${process.platform} ${process.arch}`);
  return path;
}

function run(args: readonly string[], input: Uint8Array): { isValid: boolean; text: string } {
  const { status, stdout } = spawnSync(protoc, args, { input });
  return { isValid: status === 0, text: stdout.toString("latin1") };
}

/** What `protoc --decode_raw` prints, written from our index: message if it parses, else text with escapes. */
function decodeRaw(index: WireIndex): string {
  const lines: string[] = [];
  const { bytes } = index;
  const print = (
    level: Pick<WireLevel, "count" | "tags" | "valueStarts" | "ends">,
    inner: WireIndex,
    indent: string,
    budget: number,
  ): void => {
    for (let at = 0; at < level.count; at++) {
      const record = inner.record(level as WireLevel, at)!;
      const { number, wireType, valueStart, end } = record;
      if (wireType === 0) lines.push(`${indent}${number}: ${readVarint(inner.bytes, valueStart, end)}`);
      else if (wireType === 1)
        lines.push(
          `${indent}${number}: 0x${BigInt(scalarText(inner.bytes, valueStart, end, { type: "fixed64" }))
            .toString(16)
            .padStart(16, "0")}`,
        );
      else if (wireType === 5)
        lines.push(
          `${indent}${number}: 0x${BigInt(scalarText(inner.bytes, valueStart, end, { type: "fixed32" }))
            .toString(16)
            .padStart(8, "0")}`,
        );
      else if (wireType === 3) {
        lines.push(`${indent}${number} {`);
        print(inner.children(record)!, inner, `${indent}  `, budget);
        lines.push(`${indent}}`);
      } else if (budget > 0 && parsesStrictly(inner.bytes, valueStart, end)) {
        const nested = parse(inner.bytes.subarray(valueStart, end));
        lines.push(`${indent}${number} {`);
        print(nested.root, nested, `${indent}  `, budget - 1);
        lines.push(`${indent}}`);
      } else lines.push(`${indent}${number}: "${escape(inner.bytes.subarray(valueStart, end))}"`);
    }
  };
  print(index.root, index, "", 10);
  return bytes.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function escape(bytes: Uint8Array): string {
  const named: Record<number, string> = { 10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\" };
  return Array.from(
    bytes,
    (byte) => named[byte] ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`),
  ).join("");
}

const seeds = [
  toBinary(
    PersonSchema,
    create(PersonSchema, {
      name: "lijiahao",
      id: 3,
      phones: [{ number: "190019393", type: 1 }],
      labels: { a: "b" },
      accountNumber: 1n << 60n,
    }),
  ),
  toBinary(
    KitchenSinkProto2Schema,
    create(KitchenSinkProto2Schema, { requiredText: "x", window: { width: 5, height: -1 }, packed: [1, 300], plain: [7] }),
  ),
  toBinary(
    KitchenSinkSchema,
    create(KitchenSinkSchema, {
      doubleValue: 1.5,
      floatValue: -0,
      int32Value: -1,
      sint64Value: -5n,
      fixed32Value: 7,
      sfixed64Value: -9n,
      stringValue: "Zoë",
      nested: { label: "a", child: { label: "b" } },
    }),
  ),
];

const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom("set", "insert", "delete", "cut"),
        fc.oneof(fc.nat(255), fc.constantFrom(0, 0x0b, 0x0c, 0x7f, 0x80, 0xff)),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([seed, changes]) => {
    const bytes = [...seed];
    for (const [place, what, byte] of changes) {
      const at = place % (bytes.length + 1);
      if (what === "set") bytes[Math.min(at, bytes.length - 1)] = byte;
      else if (what === "insert") bytes.splice(at, 0, byte);
      else if (what === "delete") bytes.splice(at, 1);
      else bytes.length = at;
    }
    return Uint8Array.from(bytes);
  });

/**
 * Whether the two may differ: protoc's C++ reader drops the bits of a tag above the 32nd, where the conformance suite (BadTag_FieldNumberTooHigh)
 * and the other readers, ours too, call the message malformed.
 */
function hasOversizedTag(bytes: Uint8Array): boolean {
  const { findings } = validate(bytes);
  return findings.some(({ code, offset }) => code === "tag-too-long" && bytes[offset + 4]! < 0x80);
}

const runs = Number(process.env["WIRE_RUNS"] ?? 250);

test("agrees with protoc --decode_raw on mutated messages: verdict and text", () => {
  fc.assert(
    fc.property(mutated, (bytes) => {
      fc.pre(!hasOversizedTag(bytes));
      const theirs = run(["--decode_raw"], bytes);
      expect({ bytes, isValid: validate(bytes).isValid }).toEqual({ bytes, isValid: theirs.isValid });
      if (theirs.isValid) expect(decodeRaw(parse(bytes))).toBe(theirs.text);
    }),
    { numRuns: runs },
  );
});

test("reads a whole descriptor set as protobuf-es does", () => {
  const set = join(temporary, "all.binpb");
  execFileSync(protoc, [
    "-I",
    protos,
    "-I",
    join(dirname(protoc), "../include"),
    "--include_imports",
    "--include_source_info",
    `--descriptor_set_out=${set}`,
    "rpcdeck/demo/v1/kitchen_sink.proto",
  ]);
  const bytes = new Uint8Array(execFileSync("cat", [set]));
  const files = fromBinary(FileDescriptorSetSchema, bytes);
  createFileRegistry(files);
  const index = parse(bytes, FileDescriptorSetSchema);
  expect(index.validation()).toMatchObject({ isValid: true, findings: [] });
  expect(index.root.count).toBe(files.file.length);
  const record = index.find("file[0].message_type[0].name")!;
  expect(new TextDecoder().decode(bytes.subarray(record.valueStart, record.end))).toBe(files.file[0]!.messageType[0]!.name);
});
