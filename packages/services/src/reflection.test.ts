import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { ServerReflection, type ServerReflectionRequest } from "@rpcdeck/protocol/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "@rpcdeck/protocol/grpc/reflection/v1alpha/reflection_pb.ts";
import { buildRegistry } from "@rpcdeck/schema";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fixedReflection, type ReflectedSchema, registerReflection, type ReflectionLookup } from "./reflection.ts";

const descriptors = readFileSync(new URL("../../protocol/descriptors.binpb", import.meta.url));
const fixed = fixedReflection(descriptors, ["pb.Greeter", "rpcdeck.demo.v1.Chat", "arith.v1.Arith"]);

type Ask = ServerReflectionRequest["messageRequest"];

async function ask(lookup: ReflectionLookup, ...asks: Ask[]) {
  const client = createClient(
    ServerReflection,
    createRouterTransport((router) => registerReflection(router, lookup)),
  );
  const answers = [];
  for await (const answer of client.serverReflectionInfo(requests(asks))) answers.push(answer.messageResponse);
  return answers;
}

async function* requests(asks: Ask[]) {
  for (const messageRequest of asks) yield { host: "", messageRequest };
}

function filesIn(answer: { case?: string | undefined; value?: unknown } | undefined): FileDescriptorProto[] {
  if (answer?.case !== "fileDescriptorResponse") throw new Error(`not files: ${JSON.stringify(answer)}`);
  const { fileDescriptorProto } = answer.value as { fileDescriptorProto: Uint8Array[] };
  return fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

function registryOf(files: FileDescriptorProto[]) {
  const { registry, problems } = buildRegistry(create(FileDescriptorSetSchema, { file: files }));
  expect(problems).toEqual([]);
  return registry;
}

test("lists services sorted", async () => {
  const [list] = await ask(fixed, { case: "listServices", value: "*" });
  expect(list?.value).toMatchObject({ service: [{ name: "arith.v1.Arith" }, { name: "pb.Greeter" }, { name: "rpcdeck.demo.v1.Chat" }] });
});

test("v1alpha answers the same", async () => {
  const client = createClient(
    ServerReflectionAlpha,
    createRouterTransport((router) => registerReflection(router, fixed)),
  );
  for await (const answer of client.serverReflectionInfo(requests([{ case: "listServices", value: "" }]) as never)) {
    expect(answer.messageResponse.case).toBe("listServicesResponse");
  }
});

test("the file of a symbol comes first and its imports with it, enough to build a registry", async () => {
  const [answer] = await ask(fixed, { case: "fileContainingSymbol", value: "rpcdeck.demo.v1.Chat.Converse" });
  const files = filesIn(answer);
  expect(files[0]!.name).toBe("rpcdeck/demo/v1/chat.proto");
  const registry = registryOf(files);
  expect(registry.getService("rpcdeck.demo.v1.Chat")?.methods.length).toBeGreaterThan(0);
});

test("imports are sent once a stream, the file asked for always", async () => {
  const [first, second] = await ask(
    fixed,
    { case: "fileContainingSymbol", value: "rpcdeck.demo.v1.Chat" },
    { case: "fileByFilename", value: "rpcdeck/demo/v1/chat.proto" },
  );
  expect(filesIn(first).length).toBeGreaterThan(1);
  expect(filesIn(second).map((file) => file.name)).toEqual(["rpcdeck/demo/v1/chat.proto"]);
});

test("nested types, fields, enum values and a leading dot are found", async () => {
  for (const value of ["pb.Person.PhoneNumber", "pb.Person.name", "pb.MOBILE", ".pb.HelloRequest"]) {
    const [answer] = await ask(fixed, { case: "fileContainingSymbol", value });
    expect(filesIn(answer).length, value).toBeGreaterThan(0);
  }
});

test("what is not there is an error response and the stream goes on", async () => {
  const answers = await ask(
    fixed,
    { case: "fileContainingSymbol", value: "no.Such" },
    { case: "fileByFilename", value: "no.proto" },
    { case: "allExtensionNumbersOfType", value: "no.Such" },
    { case: undefined },
    { case: "listServices", value: "" },
  );
  expect(answers.map((answer) => answer.case)).toEqual([
    "errorResponse",
    "errorResponse",
    "errorResponse",
    "errorResponse",
    "listServicesResponse",
  ]);
});

test("extensions are found by type and number", async () => {
  const file = create(FileDescriptorProtoSchema, {
    name: "ext.proto",
    package: "e",
    syntax: "proto2",
    messageType: [{ name: "Base", extensionRange: [{ start: 100, end: 200 }] }],
    extension: [{ name: "more", number: 101, extendee: ".e.Base", type: 5, label: 1 }],
  });
  const schemas: ReflectedSchema[] = [{ id: "one", services: [], files: [file] }];
  const [numbers, found] = await ask(
    { schemas: () => schemas },
    { case: "allExtensionNumbersOfType", value: "e.Base" },
    { case: "fileContainingExtension", value: { containingType: "e.Base", extensionNumber: 101 } as never },
  );
  expect(numbers?.value).toMatchObject({ baseTypeName: "e.Base", extensionNumber: [101] });
  expect(filesIn(found).map((each) => each.name)).toEqual(["ext.proto"]);
});

test("files of one name and different content are both served, the second under its schema's id", async () => {
  const types = (field: string) =>
    create(FileDescriptorProtoSchema, {
      name: "types.proto",
      package: "t",
      syntax: "proto3",
      messageType: [{ name: "T", field: [{ name: field, number: 1, type: 9, label: 1 }] }],
    });
  const api = (service: string) =>
    create(FileDescriptorProtoSchema, {
      name: `${service}.proto`,
      package: "t",
      syntax: "proto3",
      dependency: ["types.proto"],
      service: [{ name: service, method: [{ name: "Go", inputType: ".t.T", outputType: ".t.T" }] }],
    });
  const schemas: ReflectedSchema[] = [
    { id: "aaaaaaaaaa", services: ["t.A"], files: [types("a"), api("A")] },
    { id: "bbbbbbbbbb", services: ["t.B"], files: [types("b"), api("B")] },
  ];
  const [a] = await ask({ schemas: () => schemas }, { case: "fileContainingSymbol", value: "t.A" });
  const [b] = await ask({ schemas: () => schemas }, { case: "fileContainingSymbol", value: "t.B" });
  expect(filesIn(a).map((file) => file.name)).toEqual(["A.proto", "types.proto"]);
  expect(filesIn(b).map((file) => file.name)).toEqual(["B.proto", "bbbbbbbb/types.proto"]);
  expect(filesIn(b)[1]!.messageType[0]!.field[0]!.name).toBe("b");
  const registry = registryOf(filesIn(b));
  expect(registry.getMessage("t.T")?.fields[0]?.name).toBe("b");
  expect(toBinary(FileDescriptorProtoSchema, filesIn(b)[0]!).length).toBeGreaterThan(0);
});
