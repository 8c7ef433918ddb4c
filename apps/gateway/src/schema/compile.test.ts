import { readdirSync } from "node:fs";
import os from "node:os";
import { create, createFileRegistry, getOption } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { field as fieldRules } from "@rpcdeck/protocol/buf/validate/validate_pb.ts";
import { expect, test } from "vitest";
import { compileProtos, parseProtocOutput, uploadLimits } from "./compile.ts";
import { parseDescriptorSet } from "./descriptor-set.ts";
import { readConfiguredSchemas } from "./read-configured.ts";

const source = (path: string, text: string) => ({ path, content: new TextEncoder().encode(text) });
const proto3 = `syntax = "proto3";\n`;

test("compiles sources that import each other and the well-known types, comments kept", async () => {
  const compiled = await compileProtos(
    [
      source(
        "a/v1/types.proto",
        `${proto3}package a.v1;\nimport "google/protobuf/timestamp.proto";\n// A thing.\nmessage Thing { google.protobuf.Timestamp at = 1; }\n`,
      ),
      source("a/v1/api.proto", `${proto3}package a.v1;\nimport "a/v1/types.proto";\nservice Api { rpc Get(Thing) returns (Thing); }\n`),
    ],
    uploadLimits,
  );
  if (compiled.kind !== "compiled") throw new Error(JSON.stringify(compiled.problems));
  expect(compiled.files.map((file) => file.name)).toEqual(["google/protobuf/timestamp.proto", "a/v1/types.proto", "a/v1/api.proto"]);
  expect(compiled.files[1]?.sourceCodeInfo?.location.some((location) => location.leadingComments === " A thing.\n")).toBe(true);
});

test("problems name file, line and column", async () => {
  const compiled = await compileProtos([source("bad.proto", `${proto3}message A { int32 x = 1 string y = 2; }\n`)], uploadLimits);
  expect(compiled).toMatchObject({ kind: "problems", problems: [{ path: "bad.proto", line: 2, column: 25 }] });
});

for (const [title, path, imported] of [
  ["above the import root", "repo/proto/acme/types.proto", "acme/types.proto"],
  ["below the import root", "types.proto", "acme/v1/types.proto"],
] as const) {
  test(`finds an imported file ${title}, and names problems by the path given`, async () => {
    const api = source("api.proto", `${proto3}import "${imported}";\nmessage B { T t = 1; }\n`);
    expect((await compileProtos([source(path, `${proto3}message T {}\n`), api], uploadLimits)).kind).toBe("compiled");
    expect(await compileProtos([source(path, `${proto3}message T { Nope n = 1; }\n`), api], uploadLimits)).toMatchObject({
      kind: "problems",
      problems: [{ path, line: 2, column: 13 }],
    });
  });
}

test("a missing import is a problem of the importing file", async () => {
  const compiled = await compileProtos([source("a.proto", `${proto3}import "no/such.proto";\n`)], uploadLimits);
  expect(compiled.kind === "problems" && compiled.problems.map((problem) => problem.message).join()).toContain("no/such.proto");
});

const ruled = source(
  "a.proto",
  `${proto3}import "buf/validate/validate.proto";\nmessage A { string s = 1 [(buf.validate.field).string.min_len = 3]; }\n`,
);

test("finds the validation rules without being given their file", async () => {
  const compiled = await compileProtos([ruled], uploadLimits);
  if (compiled.kind !== "compiled") throw new Error(JSON.stringify(compiled.problems));
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...compiled.files] }));
  const field = registry.getMessage("A")!.field["s"]!;
  expect(getOption(field, fieldRules).type).toMatchObject({ case: "string", value: { minLen: 3n } });
});

test("takes the rules' file of the sources before its own", async () => {
  const own = `syntax = "proto2";\npackage buf.validate;\nmessage Mine { optional int32 x = 1; }\n`;
  const message = source("a.proto", `${proto3}import "buf/validate/validate.proto";\nmessage A { buf.validate.Mine m = 1; }\n`);
  expect((await compileProtos([source("buf/validate/validate.proto", own), message], uploadLimits)).kind).toBe("compiled");
});

for (const path of ["../x.proto", "/etc/x.proto", "--cpp_out=x.proto", "@x.proto", "a\\b.proto", "a//b.proto", "a\n--x.proto"]) {
  test(`refuses the path ${JSON.stringify(path)}`, async () => {
    expect(await compileProtos([source(path, proto3)], uploadLimits)).toMatchObject({ kind: "problems" });
  });
}

test("limits are named", async () => {
  const large = await compileProtos([source("a.proto", "x".repeat(2_000_000))], uploadLimits);
  expect(large).toMatchObject({ kind: "problems", problems: [{ message: "2000000 bytes are more than the limit of 1048576" }] });
});

test("leaves no directory behind", () => {
  expect(readdirSync(os.tmpdir()).filter((name) => name.startsWith("rpcdeck-protoc-"))).toEqual([]);
});

test("warnings are no problems", () => {
  expect(parseProtocOutput("a.proto:1:1: warning: Import b.proto is unused.\n")).toEqual([]);
});

test("a descriptor set and junk are told apart", async () => {
  const file = new URL("../../../../packages/protocol/descriptors.binpb", import.meta.url).pathname;
  const configured = await readConfiguredSchemas([], [file, "/no/such/file"]);
  expect(configured.schemas[0]?.registry.getService("pb.Greeter")).toBeDefined();
  expect(configured.problems).toMatchObject([{ path: "/no/such/file" }]);
  for (const junk of [new Uint8Array(), new Uint8Array([1, 2, 3]), new TextEncoder().encode("hello"), new TextEncoder().encode("{}")]) {
    expect(parseDescriptorSet(junk).kind).toBe("problem");
  }
});

test("a folder is read with its own names", async () => {
  const folder = new URL("../../../../protos", import.meta.url).pathname;
  const configured = await readConfiguredSchemas([folder], []);
  expect(configured.problems).toEqual([]);
  expect(configured.schemas[0]?.services).toContain("pb.AddressBookService");
});
