import { type DescMessage } from "@bufbuild/protobuf";
import { FieldDescriptorProtoSchema, MethodOptionsSchema } from "@bufbuild/protobuf/wkt";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkEditionsSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_editions_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { expect, test } from "vitest";
import { declaredPresence, unsetDefaults } from "./declared-presence.ts";
import { messageTable } from "./message-table.ts";
import { parse } from "./parse.ts";

const explicit = "explicit: set to its default is not the same as unset";
const implicit = "implicit: its default is the same as unset, and not sent";
const required = "required: a message without it is not complete";

test.each<[DescMessage, string, string | undefined]>([
  [PersonSchema, "id", implicit],
  [PersonSchema, "last_updated", explicit],
  [PersonSchema, "sms_optin", "explicit: at most one member of contact_preference is set"],
  [PersonSchema, "phones", undefined],
  [PersonSchema, "labels", undefined],
  [KitchenSinkProto2Schema, "required_text", required],
  [KitchenSinkProto2Schema, "with_default", `unset reads as [default = 42] · ${explicit}`],
  [KitchenSinkProto2Schema, "text_default", String.raw`unset reads as [default = "say \"hi\""] · ${explicit}`],
  [KitchenSinkProto2Schema, "closed", `unset reads as [default = CLOSED_TWO] · ${explicit}`],
  [KitchenSinkEditionsSchema, "implicit_text", implicit],
  [KitchenSinkEditionsSchema, "required_number", required],
  [FieldDescriptorProtoSchema, "name", explicit],
])("tells the presence of %s", (type, name, expected) => {
  const field = messageTable(type, undefined).byName(name);
  expect(field).toBeDefined();
  expect(declaredPresence(field!)).toBe(expected);
});

const hex = (text: string) => Uint8Array.from(text.trim().split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));
const defaults = (bytes: string, type?: DescMessage) => {
  const index = parse(hex(bytes), type);
  return unsetDefaults(index, index.root).map(({ name, text }) => `${name} = ${text}`);
};

test.each<[string, string, DescMessage | undefined, string[]]>([
  ["nothing is set", "", KitchenSinkProto2Schema, ["with_default = 42", String.raw`text_default = "say \"hi\""`, "closed = CLOSED_TWO"]],
  ["one is set, to its default or not", "10 2a 1a 00", KitchenSinkProto2Schema, ["closed = CLOSED_TWO"]],
  ["a closed enum lacks the number that was sent", "10 01 1a 00 20 09", KitchenSinkProto2Schema, ["closed = CLOSED_TWO"]],
  ["it came with another wire type", "15 00 00 00 00 1a 00 20 01", KitchenSinkProto2Schema, ["with_default = 42"]],
  ["another file declares them", "", MethodOptionsSchema, ["deprecated = false", "idempotency_level = IDEMPOTENCY_UNKNOWN"]],
  ["no field has a default", "", PersonSchema, []],
  ["there is no schema", "10 01", undefined, []],
])("names the defaults that are read when %s", (_, bytes, type, expected) => {
  expect(defaults(bytes, type)).toEqual(expected);
});
