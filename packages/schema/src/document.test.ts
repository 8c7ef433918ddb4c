import { create, createRegistry, toBinary } from "@bufbuild/protobuf";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { expect, test } from "vitest";
import { decodeDocument } from "./decode-document.ts";
import {
  entriesAt,
  isMessageValue,
  type Item,
  itemAt,
  itemsAt,
  type MessageValue,
  type Step,
  unknownRecords,
  updateIn,
  withField,
  withItem,
  withoutField,
  withoutUnknown,
} from "./document.ts";
import { encodeDocument } from "./encode-document.ts";
import { unpackAny } from "./field-path.ts";
import { extensionRows, fieldRows } from "./form-model.ts";
import { parseJson } from "./parse-json.ts";
import { printMessage } from "./print-json.ts";
import { reconcile } from "./reconcile.ts";
import { sampleMessage } from "./sample-message.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const read = (text: string) => decodeDocument(PersonSchema, undefined, bytesOf(text)).message;
const field = (name: keyof typeof PersonSchema.field) => PersonSchema.field[name]!;
const step = (name: keyof typeof PersonSchema.field, index?: number): Step => ({ field: field(name), index });

test("an edit changes its own record and nothing around it", () => {
  // id as an implicit zero, an unknown field 99, name after it with a needlessly long length.
  const before = read("1000 9a0601ff 0a8200 6162 3801");
  expect(hex(encodeDocument(withItem(before, field("id"), 7)))).toBe("10079a0601ff0a82006162" + "3801");
  expect(hex(encodeDocument(withItem(before, field("email"), "e")))).toBe("10001a01659a0601ff0a820061623801");
  expect(hex(encodeDocument(withItem(before, field("emailOptin"), true)))).toBe("10003001" + "9a0601ff0a82006162");
  expect(hex(encodeDocument(withoutField(before, field("name"))))).toBe("10009a0601ff3801");
});

test("an edit inside a list item keeps the other items and the unknown fields of its own", () => {
  const before = read("22 07 0a0131 0805 1002 22 0b 9a0601aa 0a8100 32 9a0600");
  const after = updateIn(before, [step("phones", 1)], (phone) => withItem(phone, phone.desc.fields[1]!, 1));
  expect(hex(encodeDocument(after))).toBe("22070a013108051002" + "220d" + "1001" + "9a0601aa" + "0a810032" + "9a0600");
});

test("an edit reaches the record that readers take the value from, and no other", () => {
  const sink = (text: string) => decodeDocument(KitchenSinkSchema, undefined, bytesOf(text)).message;
  const of = (name: keyof typeof KitchenSinkSchema.field) => KitchenSinkSchema.field[name]!;
  const list = (message: MessageValue, name: keyof typeof KitchenSinkSchema.field, ...items: Item[]) =>
    hex(encodeDocument(withField(message, of(name), { kind: "list", items })));
  // The last of two that overwrite each other, with its needlessly long tag.
  expect(hex(encodeDocument(withItem(read("1001 900002"), field("id"), 7)))).toBe("1001" + "900007");
  expect(hex(encodeDocument(withoutField(read("1001 900002"), field("id"))))).toBe("");
  // A message in two pieces: the piece that has the field.
  const merged = updateIn(sink("8a0103 0a0161 8a0106 0a0162 9a3800"), [{ field: of("nested"), index: undefined }], (nested) =>
    withItem(nested, nested.desc.fields[0]!, "cc"),
  );
  expect(hex(encodeDocument(merged))).toBe("8a01030a0161" + "8a01070a0263639a3800");
  // Packed, then not packed: each element where it stands, needlessly long neighbours and all.
  const mixed = sink("aa0103 8100 02 a801 03");
  expect(list(mixed, "packedInt32", 1, 300, 3)).toBe("aa0104" + "8100" + "ac02" + "a80103");
  expect(list(mixed, "packedInt32", 1, 2, 3, 4)).toBe("aa0103810002" + "a80103" + "a80104");
  expect(list(mixed, "packedInt32", 3)).toBe("a80103");
  // Another value, another key, an entry that goes with its duplicates, and one that comes.
  const map = sink("da0106 0a0161 120141 da0109 0a0161 120142 b83801 da0106 0a0162 120143");
  const entries = (...pairs: [string, string][]) =>
    hex(encodeDocument(withField(map, of("stringMap"), { kind: "map", entries: pairs.map(([key, value]) => ({ key, value })) })));
  expect(entries(["a", "XX"], ["b", "C"])).toBe("da01060a0161120141" + "da010a0a016112025858b83801" + "da01060a0162120143");
  expect(entries(["k", "B"], ["b", "C"])).toBe("da01090a016b120142b83801" + "da01060a0162120143");
  expect(entries(["b", "C"])).toBe("da01060a0162120143");
  expect(entries(["a", "B"], ["b", "C"], ["c", "D"])).toBe(hex(encodeDocument(map)) + "da01060a0163120144");
});

test("leaving a oneof leaves nothing of it behind that would come to light, and what was overwritten before stays", () => {
  const before = read("3001 3800");
  expect([...before.fields.keys()]).toEqual([7]);
  expect(hex(encodeDocument(withoutField(before, field("smsOptin"))))).toBe("");
  expect(hex(encodeDocument(withItem(before, field("smsOptin"), true)))).toBe("30013801");
  expect(hex(encodeDocument(withItem(before, field("emailOptin"), false)))).toBe("3000");
});

test("an edit of the JSON that takes out several items keeps the bytes of the others", () => {
  const items = ["22060a0131 9a0600", "22060a0132 9a0600", "22060a0133 9a0600", "22060a0134 9a0600", "22060a0135 9a0600"];
  const before = read(items.join(""));
  const next = parseJson(PersonSchema, undefined, '{"phones": [{"number": "2"}, {"number": "new"}, {"number": "4"}]}');
  if (!next.ok) throw new Error(JSON.stringify(next.problems));
  const bytes = hex(encodeDocument(reconcile(before, next.message)));
  expect(bytes).toBe(`${items[1]}22050a036e6577${items[3]}`.replaceAll(" ", ""));
});

test("an edit of the JSON keeps what an Any holds that JSON does not show", () => {
  const registry = createRegistry(KitchenSinkSchema, PersonSchema);
  const url = hex(new TextEncoder().encode("x/pb.Person"));
  // name with a needlessly long length, then an unknown field.
  const before = decodeDocument(KitchenSinkSchema, registry, bytesOf(`1801 c20216 0a0b${url} 1207 0a8100 41 b83801`)).message;
  const edit = (from: string, to: string) => {
    const parsed = parseJson(KitchenSinkSchema, registry, printMessage(before, registry).replace(from, to));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return hex(encodeDocument(reconcile(before, parsed.message, registry)));
  };
  expect(edit("1", "2")).toBe(`1802c202160a0b${url}12070a810041b83801`);
  expect(edit('"A"', '"BB"')).toBe(`1801c202170a0b${url}12080a82004242b83801`);
});

test("reads a message that comes in a great many pieces without growing slow", () => {
  const piece = bytesOf("8a0103 0a0161");
  const bytes = new Uint8Array(piece.length * 100_000);
  for (let at = 0; at < bytes.length; at += piece.length) bytes.set(piece, at);
  const { message } = decodeDocument(KitchenSinkSchema, undefined, bytes);
  expect(encodeDocument(message)).toBe(bytes);
  const nested = itemAt(message, 17) as MessageValue;
  expect(itemAt(nested, 1)).toBe("a");
});

test("items of a list keep their own bytes when another one changes, moves keep the right ones, and repeated empty items are not mixed up", () => {
  const before = read("a200 8600 0a0131 9a0600 2203 0a0132 2200 2200");
  const changed = updateIn(before, [step("phones", 1)], (phone) => withItem(phone, phone.desc.fields[0]!, "22"));
  expect(hex(encodeDocument(changed))).toBe("a20086000a01319a0600" + "22040a023232" + "2200" + "2200");
  const items = itemsAt(before, 4);
  const swapped = withField(before, field("phones"), { kind: "list", items: [items[1]!, items[0]!, items[3]!, items[2]!] });
  expect(hex(encodeDocument(swapped))).toBe("22030a0132" + "a20086000a01319a0600" + "2200" + "2200");
});

test.each([
  ["of a known field", "0a 8280808010 6162"],
  ["of an unknown field", "9a06 8280808010 6162"],
  ["inside a message", "22 08 0a 8280808010 6162"],
  ["inside an unknown group", "9b06 0a 8280808010 6162 9c06"],
  ["of the key of a map entry", "42 08 0a 8280808010 6162"],
])("a length of 2^32 + 2 %s is not read as 2", (_, text) => {
  const { message, problems } = decodeDocument(PersonSchema, undefined, bytesOf(text));
  expect(problems.map((problem) => problem.message).join()).toMatch(/length 4294967298 is more than the \d bytes left/);
  expect(itemAt(message, 1)).toBeUndefined();
  expect(hex(encodeDocument(message))).toBe(text.replaceAll(" ", ""));
});

test("values of one map entry that are messages are merged", () => {
  const { message } = decodeDocument(KitchenSinkSchema, undefined, bytesOf("e2010b 0801 12030a0161 12021200"));
  const [entry] = entriesAt(message, 28);
  const value = entry?.value;
  expect(isMessageValue(value) && [itemAt(value, 1), value.fields.has(2)]).toEqual(["a", true]);
  expect(hex(encodeDocument(message))).toBe("e2010b080112030a016112021200");
});

test("bytes that cannot be read are kept behind what can", () => {
  const { message, problems } = decodeDocument(PersonSchema, undefined, bytesOf("0a0161 10"));
  expect(problems).toHaveLength(1);
  expect(problems[0]!.offset).toBe(3);
  expect(hex(encodeDocument(withItem(message, field("name"), "b")))).toBe("0a016210");
  expect(unknownRecords(message)).toEqual([{ number: -1, start: 3, end: 4, unknown: true }]);
  expect(hex(encodeDocument(withoutUnknown(message, unknownRecords(message)[0]!)))).toBe("0a0161");
});

test("text that is not UTF-8 is shown as far as possible and kept until it is edited", () => {
  const { message, problems } = decodeDocument(PersonSchema, undefined, bytesOf("0a02ff41"));
  expect(problems).toEqual([{ offset: 2, message: "text that is not valid UTF-8" }]);
  expect(itemAt(message, 1)).toBe("�A");
  expect(hex(encodeDocument(withItem(message, field("id"), 1)))).toBe("0a02ff411001");
});

test("setting one member of a oneof removes the other", () => {
  const message = withItem(read("3001"), field("smsOptin"), true);
  expect(hex(encodeDocument(message))).toBe("3801");
  expect(hex(encodeDocument(read("30013801")))).toBe("30013801");
  expect([...read("30013801").fields.keys()]).toEqual([7]);
});

test("an edit of the JSON keeps unknown fields, implicit zeros and untouched items", () => {
  const before = read("1000 9a0601ff 2204 0a0131 10 2206 0a0132 9a0600".replace("2204 0a0131 10", "2205 0a0131 1000"));
  const text = printMessage(before, undefined).replace('"2"', '"22"');
  const parsed = parseJson(PersonSchema, undefined, text);
  if (!parsed.ok) throw new Error("not parsed");
  expect(hex(encodeDocument(reconcile(before, parsed.message)))).toBe("10009a0601ff" + "22050a01311000" + "22070a0232329a0600");
  const shorter = parseJson(PersonSchema, undefined, '{"phones": [{"number": "2"}]}');
  expect(shorter.ok && hex(encodeDocument(reconcile(before, shorter.message)))).toBe("10009a0601ff" + "22060a01329a0600");
});

test("the same bytes come back when nothing changed, however large, without being written again", () => {
  const people = create(PersonSchema, { phones: Array.from({ length: 20_000 }, (_, at) => ({ number: `+1 555 ${at}` })) });
  const bytes = toBinary(PersonSchema, people);
  const { message } = decodeDocument(PersonSchema, undefined, bytes);
  expect(encodeDocument(message)).toBe(message.source!.bytes);
  const edited = updateIn(message, [step("phones", 10_000)], (phone) => withItem(phone, phone.desc.fields[0]!, "x"));
  expect(encodeDocument(edited).length).toBeLessThan(bytes.length);
});

test("samples are the same for one seed, fill every field once and end in recursion", () => {
  const registry = createRegistry(file_rpcdeck_demo_v1_kitchen_sink);
  const json = (seed: number) => printMessage(sampleMessage(KitchenSinkSchema, seed, registry), registry);
  expect(json(1)).toBe(json(1));
  expect(json(1)).not.toBe(json(2));
  const sample = sampleMessage(KitchenSinkSchema, 3, registry);
  expect([...sample.fields.values()].filter((present) => present.field.oneof !== undefined)).toHaveLength(1);
  expect(sample.fields.size).toBe(KitchenSinkSchema.fields.length - 3 - 1);
  expect(sampleMessage(KitchenSinkProto2Schema, 1, undefined).fields.has(1)).toBe(true);
  expect(itemAt(sampleMessage(PersonSchema, 5, undefined), 3)).toMatch(/@example\.com$/);
});

test("samples of a mask name a field, and those of an Any hold a message of a type from the same file", () => {
  const registry = createRegistry(file_rpcdeck_demo_v1_kitchen_sink);
  for (let seed = 1; seed <= 20; seed++) {
    const sample = sampleMessage(KitchenSinkSchema, seed, registry);
    const [path] = itemsAt(itemAt(sample, 36) as MessageValue, 1);
    expect(KitchenSinkSchema.fields.map(({ name }) => name)).toContain(path);
    const any = itemAt(sample, 40) as MessageValue;
    expect(itemAt(any, 1)).toBe("type.googleapis.com/rpcdeck.demo.v1.KitchenSink.Nested");
    expect(itemAt(unpackAny(any, registry)!, 1)).toEqual(expect.any(String));
  }
  // Without a registry there is no type to name.
  expect((itemAt(sampleMessage(KitchenSinkSchema, 1, undefined), 40) as MessageValue).fields.size).toBe(0);
});

test("tells rows of a form in schema order, presence and type as .proto files write them", () => {
  const labels = (desc: MessageValue["desc"]) =>
    fieldRows(desc).map((row) =>
      row.kind === "oneof" ? `oneof ${row.name}` : `${row.field.presence} ${row.field.typeLabel} ${row.field.control}`,
    );
  expect(labels(PersonSchema)).toEqual([
    "implicit string text",
    "implicit int32 integer",
    "implicit string text",
    "implicit repeated PhoneNumber message",
    "explicit Timestamp timestamp",
    "oneof contact_preference",
    "implicit map<string, string> text",
    "implicit bytes bytes",
    "implicit uint64 integer",
    "explicit optional string text",
  ]);
  expect(labels(KitchenSinkProto2Schema).slice(0, 2)).toEqual(["required required string text", "explicit optional int32 integer"]);
  expect(extensionRows(PersonSchema, createRegistry())).toEqual([]);
});

test("opens an Any whose type the registry knows", () => {
  const registry = createRegistry(PersonSchema);
  const parsed = parseJson(KitchenSinkSchema, registry, '{"any": {"@type": "type.googleapis.com/pb.Person", "name": "Ada"}}');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const any = itemAt(parsed.message, 40) as MessageValue;
  expect(itemAt(unpackAny(any, registry)!, 1)).toBe("Ada");
  expect(unpackAny(any, undefined)).toBeUndefined();
  expect(JSON.parse(printMessage(parsed.message, undefined))).toEqual({
    any: { "@type": "type.googleapis.com/pb.Person", "@bytes": "CgNBZGE=" },
  });
});
