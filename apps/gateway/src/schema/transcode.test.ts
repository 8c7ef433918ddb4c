import { anyPack, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { create, createFileRegistry, fromBinary, toBinary, toJsonString } from "@bufbuild/protobuf";
import { Arith, file_arith_v1_arith, MulRequestSchema, MulResponseSchema } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { AddressBookService, file_pb_address_book, PersonSchema, PhoneType } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { file_pb_greeter, HelloRequestSchema } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat, file_rpcdeck_demo_v1_chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import type { GatewayError } from "../errors/gateway-error.ts";
import type { MethodSchema } from "./schema-view.ts";
import { createTranscoder, turnedOutsideFromBytes } from "./transcode.ts";
import { createTranscodePool } from "./transcode-pool.ts";

const wkt = [...file_rpcdeck_demo_v1_kitchen_sink.dependencies];
const all = [
  ...wkt,
  file_arith_v1_arith,
  file_pb_address_book,
  file_pb_greeter,
  file_rpcdeck_demo_v1_kitchen_sink,
  file_rpcdeck_demo_v1_chat,
];
const registry = createFileRegistry(...all.map((file) => ({ files: [file], kind: "registry" }) as never));
const mul: MethodSchema = { kind: "unary", method: Arith.method.mul, registry };
const person: MethodSchema = { kind: "unary", method: AddressBookService.method.getPerson, registry };
const add: MethodSchema = { kind: "unary", method: AddressBookService.method.addPerson, registry };
const sink: MethodSchema = { kind: "unary", method: Chat.method.echoKitchenSink, registry };

const pool = createTranscodePool({ maxMessageBytes: 16 * 1024 * 1024 });
afterAll(() => pool.close());
const options = { callerCodec: "json", callerEncoding: "gzip", maxMessageBytes: 16 * 1024 * 1024, pool };
const text = (json: string) => new TextEncoder().encode(json);
const toProto = async (schema: MethodSchema, json: string) =>
  (await createTranscoder(schema, options)!.toBackend({ compressed: false, bytes: text(json) })).bytes;
const toText = async (schema: MethodSchema, bytes: Uint8Array) =>
  new TextDecoder().decode((await createTranscoder(schema, options)!.toCaller({ compressed: false, bytes }, "identity")).bytes);

async function faultOf(action: () => Promise<unknown>): Promise<GatewayError> {
  return action().then(
    () => Promise.reject(new Error("no fault")),
    (error: GatewayError) => error,
  );
}

for (const a of ["9007199254740993", `"9007199254740993"`, "-9223372036854775808"]) {
  test(`64-bit ${a} is exact`, async () => {
    expect(fromBinary(MulRequestSchema, await toProto(mul, `{"a": ${a}, "b": 2}`)).a).toBe(BigInt(a.replaceAll(`"`, "")));
  });
}

test("64-bit integers of answers are text", async () => {
  const bytes = toBinary(MulResponseSchema, create(MulResponseSchema, { product: 9007199254740993n }));
  expect(await toText(mul, bytes)).toBe(`{"product":"9007199254740993"}`);
});

test("an unknown enum number goes both ways", async () => {
  const bytes = await toProto(add, `{"phones":[{"number":"1","type":77},{"number":"2","type":"HOME"}]}`);
  expect(fromBinary(PersonSchema, bytes).phones.map((phone) => phone.type)).toEqual([77, PhoneType.HOME]);
  expect(await toText(person, bytes)).toContain(`"type":77`);
});

test("Any is resolved from the registry", async () => {
  const field = KitchenSinkSchema.fields.find((each) => each.message?.typeName === "google.protobuf.Any" && each.fieldKind === "message")!;
  const message = create(KitchenSinkSchema, { [field.localName]: anyPack(HelloRequestSchema, create(HelloRequestSchema, { name: "x" })) });
  const json = await toText(sink, toBinary(KitchenSinkSchema, message));
  expect(json).toContain(`{"name":"x","@type":"type.googleapis.com/pb.HelloRequest"}`);
  expect(fromBinary(KitchenSinkSchema, await toProto(sink, json))).toEqual(message);
  const strange = create(KitchenSinkSchema, {
    [field.localName]: { typeUrl: "type.googleapis.com/no.Such", value: new Uint8Array([8, 1]) },
  });
  expect((await faultOf(() => toText(sink, toBinary(KitchenSinkSchema, strange)))).code).toBe("schema_missing");
});

test("timestamps are RFC 3339", async () => {
  const bytes = await toProto(add, `{"lastUpdated":"2021-08-20T12:00:00Z"}`);
  expect(fromBinary(PersonSchema, bytes).lastUpdated).toEqual(timestampFromMs(Date.UTC(2021, 7, 20, 12)));
});

test("unknown keys are ignored", async () => {
  expect(await toProto(mul, `{"a":1,"nope":2}`)).toEqual(toBinary(MulRequestSchema, create(MulRequestSchema, { a: 1n })));
});

for (const [json, place] of [
  [`{"a": 1,\n  "b": "x"}`, "line 2, column 8"],
  [`{"a": 1,\n`, "line"],
  [`[]`, "line 1, column 1"],
  [``, "empty"],
] as const) {
  test(`names the place of what is wrong in ${JSON.stringify(json)}`, async () => {
    const fault = await faultOf(async () => toProto(mul, json));
    expect(fault).toMatchObject({ code: "json_invalid", message: expect.stringContaining(place) });
  });
}

test("compressed frames are decompressed, within the limit", async () => {
  const transcoder = createTranscoder(mul, { ...options, maxMessageBytes: 1_000 })!;
  const frame = await transcoder.toBackend({ compressed: true, bytes: gzipSync(`{"a":5}`) });
  expect(fromBinary(MulRequestSchema, frame.bytes).a).toBe(5n);
  const bomb = { compressed: true, bytes: gzipSync(Buffer.alloc(100_000, 32)) };
  expect((await faultOf(async () => transcoder.toBackend(bomb))).code).toBe("message_too_large");
});

test("bytes that are not the message are the backend's fault", async () => {
  expect((await faultOf(async () => toText(mul, new Uint8Array([0x0f])))).code).toBe("backend_malformed");
});

test("large messages are turned in a process of their own, both ways, faults included", async () => {
  const name = "x".repeat(turnedOutsideFromBytes);
  const bytes = await toProto(add, `{"name":"${name}"}`);
  expect(fromBinary(PersonSchema, bytes).name).toBe(name);
  expect(await toText(person, bytes)).toBe(toJsonString(PersonSchema, create(PersonSchema, { name })));
  expect(await faultOf(async () => toProto(add, `{"name":"${name}","id":"x"}`))).toMatchObject({ code: "json_invalid" });
});

test("other codecs are not turned", () => {
  expect(createTranscoder(mul, { ...options, callerCodec: "thrift" })).toBeUndefined();
});
