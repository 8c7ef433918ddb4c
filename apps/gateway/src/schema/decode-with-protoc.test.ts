import { create, type DescFile, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, type FileDescriptorSet } from "@bufbuild/protobuf/wkt";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { decodeWithProtoc, protocDecodeLimits } from "./decode-with-protoc.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "rpcdeck-test-"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  const left = readdirSync(folder);
  rmSync(folder, { recursive: true });
  expect(left).toEqual([]);
});

function filesOf(type: DescMessage): FileDescriptorSet {
  const files = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (files.has(file.name)) return;
    for (const imported of file.dependencies) add(imported);
    files.set(file.name, file);
  };
  add(type.file);
  return create(FileDescriptorSetSchema, { file: [...files.values()].map(({ proto }) => proto) });
}

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const decode = (bytes: Uint8Array, type: DescMessage = PersonSchema, limits = protocDecodeLimits, typeName: string = type.typeName) =>
  decodeWithProtoc({ bytes, typeName, files: filesOf(type) }, limits);

test("gives the text that protoc prints, unknown fields included", async () => {
  const bytes = toBinary(PersonSchema, create(PersonSchema, { name: "Zoë", id: 7, phones: [{ number: "1", type: 1 }] }));
  expect(await decode(Buffer.concat([bytes, bytesOf("9a0602ffff")]))).toEqual({
    kind: "text",
    text: 'name: "Zo\\303\\253"\nid: 7\nphones {\n  number: "1"\n  type: HOME\n}\n99: "\\377\\377"\n',
    warnings: [],
  });
  expect(await decode(new Uint8Array())).toEqual({ kind: "text", text: "", warnings: [] });
});

test("gives its refusal, and its warnings", async () => {
  expect(await decode(bytesOf("0a05 61"))).toEqual({ kind: "refused", reason: "Failed to parse input.", warnings: [] });
  expect(await decode(bytesOf("42020102"), KitchenSinkProto2Schema)).toMatchObject({
    kind: "text",
    text: "packed: 1\npacked: 2\n",
    warnings: [expect.stringMatching(/missing required fields: +required_text/)],
  });
});

test("takes no type name that could be a flag or that is not there", async () => {
  for (const name of ["", "-I", "pb.Person --encode=x", "pb.Person\n", "@files.binpb", "../x"]) {
    expect(await decode(new Uint8Array(), PersonSchema, protocDecodeLimits, name)).toMatchObject({ kind: "failed", because: "invalid" });
  }
  expect(await decode(new Uint8Array(), PersonSchema, protocDecodeLimits, "pb.Nobody")).toEqual({
    kind: "failed",
    because: "invalid",
    problem: "Type not defined: pb.Nobody",
  });
});

test("says what is wrong with descriptors that do not fit together", async () => {
  const files = create(FileDescriptorSetSchema, { file: [PersonSchema.file.proto] });
  expect(await decodeWithProtoc({ bytes: new Uint8Array(), typeName: "pb.Person", files }, protocDecodeLimits)).toMatchObject({
    kind: "failed",
    because: "invalid",
    problem: expect.stringContaining("google/protobuf/timestamp.proto"),
  });
});

test("keeps its limits", async () => {
  const many = new Uint8Array(600_000).fill(0x30);
  expect(await decode(many, PersonSchema, { ...protocDecodeLimits, maxBytes: 599_999 })).toEqual({
    kind: "failed",
    because: "too-large",
    problem: "the message of 600000 bytes is more than the limit of 599999",
  });
  expect(await decode(many, PersonSchema, { ...protocDecodeLimits, maxFilesBytes: 100 })).toMatchObject({ because: "too-large" });
  const unknown = new Uint8Array(600_000);
  for (let at = 0; at < unknown.length; at += 2) unknown.set([0x78, 1], at);
  expect(await decode(unknown, PersonSchema, { ...protocDecodeLimits, maxTextBytes: 1000 })).toEqual({
    kind: "failed",
    because: "too-large",
    problem: "protoc prints more than the limit of 1000 bytes",
  });
  // 300,000 fields take it longer than a millisecond on any machine.
  expect(await decode(unknown, PersonSchema, { ...protocDecodeLimits, timeoutMs: 1 })).toEqual({
    kind: "failed",
    because: "too-slow",
    problem: "protoc was stopped: no result within 1 ms",
  });
});
