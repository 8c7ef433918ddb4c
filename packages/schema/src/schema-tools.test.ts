import { create, createRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkEditionsSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_editions_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { buildRegistry } from "./build-registry.ts";
import { assignChannels, channelFor, withoutIndices } from "./channels.ts";
import { completeJson, hoverJson, jsonPathAt } from "./complete-json.ts";
import { jsonRangeOf, jsonRangesAround } from "./json-places.ts";
import { docComment } from "./doc-comment.ts";
import { emptyMessage } from "./document.ts";
import { entryPath, fieldAt, leadsTo, normalPath } from "./field-path.ts";
import { formatJson } from "./format-json.ts";
import { readJsonTree } from "./json-tree.ts";
import { missingRequired } from "./missing-required.ts";
import { parseJson } from "./parse-json.ts";

const set = fromBinary(FileDescriptorSetSchema, readFileSync(new URL("../../protocol/descriptors.binpb", import.meta.url)));
const registry = createRegistry(PersonSchema, file_rpcdeck_demo_v1_kitchen_sink);

test("builds a registry from files in any order, with doc comments", () => {
  const { registry: built, problems } = buildRegistry(create(FileDescriptorSetSchema, { file: set.file.toReversed() }));
  expect(problems).toEqual([]);
  const person = built.getMessage("pb.Person")!;
  expect(docComment(person.field["id"]!)).toBe("Unique ID number for this person.");
  expect(docComment(person.oneofs[0]!)).toBe("How this person wants to be reached, if they said so.");
  expect(docComment(built.getService("pb.AddressBookService")!.methods[1]!)).toMatch(/^Looks a person up by id/);
  expect(docComment(built.getEnum("rpcdeck.demo.v1.Flavour")!.values[1]!)).toBe("Salty.");
});

test("builds what it can when imports are missing, files are doubled or types are nowhere", () => {
  const book = set.file.find((file) => file.name === "pb/address_book.proto")!;
  const alone = buildRegistry(create(FileDescriptorSetSchema, { file: [book] }));
  expect(alone.problems).toEqual([]);
  expect(alone.registry.getMessage("pb.Person")).toBeDefined();
  const broken = create(FileDescriptorProtoSchema, {
    name: "broken.proto",
    dependency: ["nowhere.proto"],
    messageType: [{ name: "M", field: [{ name: "x", number: 1, type: 11, typeName: ".no.Where", label: 1 }] }],
  });
  const mixed = buildRegistry(create(FileDescriptorSetSchema, { file: [broken, book, book] }));
  expect(mixed.registry.getMessage("pb.Person")).toBeDefined();
  expect(mixed.problems).toEqual([
    "pb/address_book.proto: given twice, the first is used",
    "nowhere.proto: not found, imported by broken.proto",
    expect.stringMatching(/^broken\.proto: /),
  ]);
});

test("gives channels to leaf paths in schema order and folds recursion", () => {
  expect([...assignChannels(PersonSchema)].slice(0, 7)).toEqual([
    ["name", 1],
    ["id", 2],
    ["email", 3],
    ["phones.number", 4],
    ["phones.type", 5],
    ["last_updated.seconds", 6],
    ["last_updated.nanos", 7],
  ]);
  expect(channelFor(PersonSchema, "phones[12].type")).toBe(5);
  expect(channelFor(PersonSchema, 'labels["a.b[0]\\"]"]')).toBe(channelFor(PersonSchema, "labels"));
  expect(channelFor(PersonSchema, "phones[1]")).toBeUndefined();
  expect(channelFor(KitchenSinkSchema, "nested.child.child.label")).toBe(channelFor(KitchenSinkSchema, "nested.label"));
  expect(withoutIndices('m[-3].x["]"][true]')).toBe("m.x");
});

test("writes paths as protobuf-es reads them", () => {
  for (const path of ["phones[1].number", `labels${entryPath("", 'a"\\\n')}`]) expect(normalPath(PersonSchema, path, registry)).toBe(path);
  expect(normalPath(PersonSchema, "nowhere", registry)).toBeUndefined();
  expect([leadsTo("phones", "phones[1].number"), leadsTo("phone", "phones"), leadsTo("", "x")]).toEqual([true, false, true]);
});

/** Where the cursor is marked by |. */
function complete(marked: string): readonly string[] | undefined {
  return completeJson(KitchenSinkSchema, registry, marked.replace("|", ""), marked.indexOf("|"))?.items.map((item) => item.label);
}

test("completes names, enum values, booleans and types where they can stand", () => {
  expect(complete("{|}")).toContain("int64Value");
  expect(complete('{"fl|"')).toContain("flavour");
  expect(complete('{"flavour": "FLAVOUR_SALTY", |}')).not.toContain("flavour");
  expect(complete('{"flavour": |}')).toEqual([
    "FLAVOUR_UNSPECIFIED",
    "FLAVOUR_SALTY",
    "FLAVOUR_SAVOURY",
    "FLAVOUR_SWEET",
    "FLAVOUR_BITTER",
  ]);
  expect(complete('{"flavour": "FLA|"}')).toContain("FLAVOUR_SWEET");
  expect(complete('{"boolValue": t|}')).toEqual(["true", "false"]);
  expect(complete('{"nested": {"child": {|}}}')).toEqual(["label", "child", "children"]);
  expect(complete('{"nesteds": [{}, {"|"}]}')).toEqual(["label", "child", "children"]);
  expect(complete('{"nestedMap": {"7": {|}}}')).toEqual(["label", "child", "children"]);
  expect(complete('{"flavours": ["FLAVOUR_SALTY", |]}')).toContain("FLAVOUR_SWEET");
  expect(complete('{"choiceText": "x", |}')).not.toContain("choiceNumber");
  expect(complete('{"any": {"@type": "|"}}')).toContain("pb.Person");
  expect(complete('{"any": {"@type": "type.googleapis.com/pb.Person", |}}')).toContain("lastUpdated");
  expect(complete('{"struct": {|}}')).toBeUndefined();
  const inserted = completeJson(KitchenSinkSchema, registry, '{"fl" : 1}', 3);
  expect(inserted).toMatchObject({ from: 1, to: 5 });
  expect(inserted?.items.find((item) => item.label === "flavour")?.insert).toBe('"flavour"');
});

test("tells field, type and path of a place in a text, and the place of a path", () => {
  const text = '{"name": "x", "phones": [{"number": "1"}, {"number": "2", "type": "HOME"}], "labels": {"a": "b"}}';
  expect(hoverJson(PersonSchema, registry, text, text.indexOf('"HOME"') + 2)).toMatchObject({ title: "HOME = 1", path: "phones[1].type" });
  expect(hoverJson(PersonSchema, registry, text, 3)).toMatchObject({ from: 1, to: 7, title: "name: string = 1" });
  expect(jsonPathAt(PersonSchema, registry, text, text.indexOf('"2"') + 1)).toBe("phones[1].number");
  expect(jsonPathAt(PersonSchema, registry, text, text.indexOf('"b"'))).toBe('labels["a"]');
  const range = jsonRangeOf(PersonSchema, registry, text, "phones[1].number")!;
  expect(text.slice(range.from, range.to)).toBe('"number": "2"');
  expect(jsonRangeOf(PersonSchema, registry, text, "phones[7]")).toBeUndefined();
  const around = jsonRangesAround(PersonSchema, registry, text, ["phones[1].number", "phones[0].type", "email", ""]);
  const shown = [...around.values()].map(({ from, to }) => text.slice(from, to));
  expect(shown).toEqual([text.slice(range.from, range.to), "{", "{", "{"]);
  expect(around.get("phones[0].type")!.from).toBeGreaterThan(0);
});

test("names every mistake of a JSON text at its place", () => {
  const check = (text: string, ...expected: readonly string[]) => {
    const parsed = parseJson(KitchenSinkSchema, registry, text);
    expect([text, parsed.ok ? [] : parsed.problems.map((p) => `${p.line}:${p.column} ${p.message}`)]).toEqual([text, expected]);
  };
  check("");
  check(
    '{"int32Value": "x", "flavor": 1}',
    "1:16 “x” is no whole number, as int32 needs",
    "1:21 KitchenSink has no field “flavor”; did you mean flavour",
  );
  check('{"int64Value": 9223372036854775808}', "1:16 9223372036854775808 is above 9223372036854775807, the most of int64");
  check('{\n  "boolValue": true\n  "strings": []\n}', "3:3 a comma is missing");
  check('{"strings": ["a",]}', "1:17 a comma without a value behind it");
  check('{"choiceText": "a", "choiceNumber": 1}', "1:21 choice holds one field; choiceText is set already");
  check('{"int32Value": 1, "int32_value": 2}', "1:19 “int32_value” is the same field as “int32Value”");
  check('{"stringMap": {"a": "1", "a": "2"}}', '1:26 key "a" stands here twice');
  check('{"flavour": "SALTY"}', "1:13 “SALTY” is not in Flavour");
  check('{"bytesValue": "*"}', "1:16 “*” is no base64 character");
  check('{"nested": [1]}', "1:12 Nested is an object, this is an array");
  check("[1", "1:1 array is not closed by ]", "1:1 KitchenSink is an object, this is an array");
  check('{"any": {"@type": "type.googleapis.com/no.Where"}}', '1:19 type no.Where is not in this schema; give its bytes as "@bytes"');
  expect(readJsonTree("[".repeat(100_000)).problems.length).toBeGreaterThan(0);
});

test("formats JSON without touching numbers, and only JSON", () => {
  expect(formatJson('{"a":[1.0,9223372036854775808],"b":{}, "c":null}')).toBe(
    '{\n  "a": [\n    1.0,\n    9223372036854775808\n  ],\n  "b": {},\n  "c": null\n}',
  );
  expect(formatJson("{")).toBeUndefined();
});

test("finds the field of a path and required fields that are absent", () => {
  expect(fieldAt(PersonSchema, 'labels["a"]', registry)?.name).toBe("labels");
  expect(fieldAt(PersonSchema, "phones[3].type", registry)?.name).toBe("type");
  expect(fieldAt(PersonSchema, "nowhere", registry)).toBeUndefined();
  expect(missingRequired(emptyMessage(KitchenSinkProto2Schema))).toEqual(["required_text"]);
  expect(missingRequired(emptyMessage(KitchenSinkEditionsSchema))).toEqual(["required_number"]);
  expect(missingRequired(emptyMessage(PersonSchema))).toEqual([]);
});
