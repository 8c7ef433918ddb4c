// Two backends whose types have the same names and are not the same: each call is read by the schema of the instance it goes to.
import { create, createFileRegistry, type DescMethodUnary, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type FileDescriptorSet,
} from "@bufbuild/protobuf/wkt";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { fixedReflection, registerReflection } from "@rpcdeck/services";
import { listen, type TestServer } from "@rpcdeck/testkit";
import http2 from "node:http2";
import { expect, test } from "vitest";
import { startWholeGateway } from "../test-whole-gateway.ts";

/** Service clash.Echo with Say(Word) returns (Word), whose field 1 is as given. */
function clashing(name: string, type: FieldDescriptorProto_Type): FileDescriptorSet {
  const file = create(FileDescriptorProtoSchema, {
    name: "clash.proto",
    package: "clash",
    syntax: "proto3",
    messageType: [{ name: "Word", field: [{ name, number: 1, type, label: FieldDescriptorProto_Label.OPTIONAL, jsonName: name }] }],
    service: [{ name: "Echo", method: [{ name: "Say", inputType: ".clash.Word", outputType: ".clash.Word" }] }],
  });
  return create(FileDescriptorSetSchema, { file: [file] });
}

/** Answers what it was asked, and tells its schema by reflection. */
function startEcho(set: FileDescriptorSet): Promise<TestServer> {
  const service = createFileRegistry(set).getService("clash.Echo");
  const say = service?.methods.find((method): method is DescMethodUnary => method.methodKind === "unary");
  if (say === undefined) throw new Error("clash.Echo/Say is unary");
  const handler = connectNodeAdapter({
    routes(router) {
      router.rpc(say, (word) => word);
      registerReflection(router, fixedReflection(toBinary(FileDescriptorSetSchema, set), ["clash.Echo"]));
    },
  });
  return listen(http2.createServer(handler));
}

test("reads each call by the schema of its own backend where two have types of the same names", async () => {
  const texts = await startEcho(clashing("text", FieldDescriptorProto_Type.STRING));
  const numbers = await startEcho(clashing("number", FieldDescriptorProto_Type.FIXED64));
  const gateway = await startWholeGateway(["--target", `grpc://${texts.address}`, "--target", `grpc://${numbers.address}`]);
  const say = async (target: string, body: string): Promise<unknown> => {
    const headers = { "content-type": "application/json", "rpcdeck-target": target };
    return (await fetch(`${gateway.address}/clash.Echo/Say`, { method: "POST", headers, body })).json();
  };
  try {
    await expect.poll(() => say(texts.address, `{"text":"a"}`)).toEqual({ text: "a" });
    await expect.poll(() => say(numbers.address, `{"number":"1"}`)).toEqual({ number: "1" });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        at % 2 === 0 ? say(texts.address, `{"text":"${at}"}`) : say(numbers.address, `{"number":"${at}"}`),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? { text: String(at) } : { number: String(at) })));
    // A key that only the other one knows is an unknown one here.
    expect(await say(texts.address, `{"number":"1"}`)).toEqual({});
    expect(await say(numbers.address, `{"text":"a"}`)).toEqual({});
  } finally {
    await gateway.close();
    await texts.close();
    await numbers.close();
  }
});
