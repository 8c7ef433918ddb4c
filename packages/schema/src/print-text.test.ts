import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createRegistry, type DescMessage } from "@bufbuild/protobuf";
import { file_google_protobuf_duration } from "@bufbuild/protobuf/wkt";
import { file_pb_address_book, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import {
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  KitchenSinkProto2Schema,
} from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { expect, test } from "vitest";
import { decodeDocument } from "./decode-document.ts";
import { encodeDocument } from "./encode-document.ts";
import { parseJson } from "./parse-json.ts";
import { printMessage } from "./print-json.ts";
import { printText } from "./print-text.ts";
import { sampleMessage } from "./sample-message.ts";

const registry = createRegistry(
  file_pb_address_book,
  file_rpcdeck_demo_v1_kitchen_sink,
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  file_google_protobuf_duration,
);
const require = createRequire(import.meta.url);
const assets = require.resolve("protoc/assets.json");
const known = JSON.parse(readFileSync(assets, "utf8")) as { platform: string; arch: string; executable: string }[];
const executable = known.find(({ platform, arch }) => platform === process.platform && arch === process.arch)!.executable;

/** What protoc makes of a text, as JSON of ours. */
function readByProtoc(desc: DescMessage, text: string): string {
  const protos = join(import.meta.dirname, "../../../protos");
  const args = ["-I", protos, "-I", join(dirname(assets), "include"), `--encode=${desc.typeName}`, desc.file.proto.name];
  const { status, stdout, stderr } = spawnSync(join(dirname(assets), "bin", executable), args, { input: text });
  if (status !== 0) throw new Error(stderr.toString());
  return printMessage(decodeDocument(desc, registry, stdout).message, registry);
}

test("is read by protoc as the same message, whatever the sample", () => {
  for (const desc of [PersonSchema, KitchenSinkSchema, KitchenSinkProto2Schema]) {
    for (let seed = 1; seed <= 3; seed++) {
      const message = sampleMessage(desc, seed, registry);
      expect(readByProtoc(desc, printText(message, registry))).toBe(printMessage(message, registry));
    }
  }
});

test("writes edge values, an Any by its type, and text of any kind", () => {
  const json = `{"doubleValue": "NaN", "floatValue": "-Infinity", "int64Value": "-9223372036854775808", "stringValue": "é\\n\\"\\\\\\u0001", "flavour": 77,
    "choiceEmpty": {}, "nestedMap": {"7": {"label": "x"}}, "any": {"@type": "type.googleapis.com/pb.Person", "name": "Ada"}}`;
  const parsed = parseJson(KitchenSinkSchema, registry, json);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const text = printText(parsed.message, registry);
  expect(text).toContain('string_value: "\\303\\251\\n\\"\\\\\\001"');
  expect(text).toContain("choice_empty {}");
  expect(text).toContain('any {\n  [type.googleapis.com/pb.Person] {\n    name: "Ada"\n  }\n}');
  // protoc cannot expand pb.Person from this file alone: the rest is compared.
  const bare = text.replace(/any \{[^]*\n\}\n/, "");
  expect(readByProtoc(KitchenSinkSchema, bare)).toContain('"int64Value": "-9223372036854775808"');
});

test("keeps bytes that it prints", () => {
  const { message } = decodeDocument(PersonSchema, registry, Uint8Array.of(0x0a, 1, 0x61, 0x9a, 6, 1, 0xff));
  expect(printText(message, registry)).toBe('name: "a"\n');
  expect(encodeDocument(message).length).toBe(7);
});
