import {
  create,
  createFileRegistry,
  createRegistry,
  type DescField,
  fromBinary,
  fromJson,
  setExtension,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { field as fieldOption, FieldRulesSchema } from "@rpcdeck/protocol/buf/validate/validate_pb.ts";
import { BookingSchema, file_rpcdeck_demo_v1_booking } from "@rpcdeck/protocol/rpcdeck/demo/v1/booking_pb.ts";
import { file_pb_address_book, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { expect, test } from "vitest";
import { fileClosure } from "../file-closure.ts";
import { importsRules } from "../imports-rules.ts";
import { checkRules, hasRules, isRequiredByRules, rulesOfField, rulesOfMessage, rulesOfOneof } from "./index.ts";

const registry = createRegistry(file_rpcdeck_demo_v1_booking);
const field = (name: string): DescField => BookingSchema.fields.find((candidate) => candidate.name === name)!;
const check = (json: Parameters<typeof fromJson>[1]) =>
  checkRules(BookingSchema, registry, toBinary(BookingSchema, fromJson(BookingSchema, json)));

const good = {
  code: "K7Q2AB",
  email: "ada@example.com",
  guests: [{ name: "Ada", age: 36 }],
  area: "AREA_STALLS",
  firstRow: 1,
  lastRow: 2,
  hold: "60s",
  notes: { key: "x" },
  account: "1",
};

test("tells schemas with rules from those without", () => {
  expect(importsRules(registry)).toBe(true);
  expect(importsRules(createRegistry(file_pb_address_book))).toBe(false);
});

test("tells types that have rules, or hold a message that has, from those without", () => {
  const message = (name: string, typeName: string) => ({ name, number: name.length, label: 1, type: 11, typeName });
  const outer = {
    name: "outer.proto",
    syntax: "proto3",
    dependency: ["rpcdeck/demo/v1/booking.proto"],
    messageType: [
      { name: "Outer", field: [message("self", ".Outer"), message("middle", ".Middle")] },
      { name: "Middle", field: [message("outer", ".Outer"), message("guest", ".rpcdeck.demo.v1.Booking.Guest")] },
      { name: "Plain", field: [message("plain", ".Plain")] },
    ],
  };
  const files = fromBinary(FileDescriptorSetSchema, toBinary(FileDescriptorSetSchema, fileClosure(BookingSchema, registry)));
  const types = createFileRegistry(create(FileDescriptorSetSchema, { file: [...files.file, create(FileDescriptorProtoSchema, outer)] }));
  const named = ["Outer", "Middle", "Plain", "rpcdeck.demo.v1.Booking", "rpcdeck.demo.v1.Booking.Guest"];
  expect(named.filter((name) => hasRules(types.getMessage(name)!))).toEqual(named.filter((name) => name !== "Plain"));
  expect([BookingSchema, PersonSchema, KitchenSinkSchema].map(hasRules)).toEqual([true, false, false]);
});

test("reads no bytes of a type without rules", () => {
  const unreadable = Uint8Array.of(0x0a, 0x05, 0x61);
  expect(checkRules(PersonSchema, registry, unreadable)).toEqual({ kind: "checked", violations: [] });
});

test("says the rules of a field in words", () => {
  const said = Object.fromEntries(BookingSchema.fields.map((each) => [each.name, rulesOfField(each)]));
  expect(said).toEqual({
    code: ["matches ^[A-Z0-9]{6}$"],
    email: ["required", "email address"],
    guests: ["min items 1", "max items 8"],
    area: ["named values only", "none of AREA_UNSPECIFIED"],
    first_row: ["at least 1", "at most 60"],
    last_row: ["at least 1", "at most 60"],
    hold: ["at least 60s", "at most 3600s"],
    notes: ["max entries 4", "keys: matches ^[a-z]{1,12}$"],
    voucher: ["length 10"],
    account: ["above 0"],
  });
  expect(rulesOfOneof(BookingSchema.oneofs[0]!)).toEqual(["one must be set"]);
  expect(rulesOfMessage(BookingSchema)).toEqual(["first_row must not be behind last_row"]);
  expect(isRequiredByRules(field("email"))).toBe(true);
  expect(isRequiredByRules(field("code"))).toBe(false);
});

test("finds nothing in a message that keeps its rules", () => {
  expect(check(good)).toEqual({ kind: "checked", violations: [] });
});

test("names the place of each broken rule as the form writes paths", () => {
  const { account: _, ...without } = good;
  const found = check({ ...without, guests: [{ name: "A" }], notes: { "Two Words": "x" }, firstRow: 5 });
  if (found.kind !== "checked") throw new Error(found.reason);
  expect(found.violations.map(({ path, rule }) => [path, rule])).toEqual(
    expect.arrayContaining([
      ["guests[0].name", "string.min_len"],
      ['notes["Two Words"]', "string.pattern"],
      ["payment", "required"],
      ["", "booking.range"],
    ]),
  );
  expect(found.violations).toHaveLength(4);
  expect(found.violations.find(({ path }) => path.startsWith("notes"))?.message).toMatch(/^key: /);
});

test("says so when bytes cannot be read", () => {
  expect(checkRules(BookingSchema, registry, Uint8Array.of(0x0a, 0x05, 0x61))).toMatchObject({ kind: "failed" });
});

/** Booking with another pattern for its code. */
function withPattern(pattern: string) {
  const files = fromBinary(FileDescriptorSetSchema, toBinary(FileDescriptorSetSchema, fileClosure(BookingSchema, registry)));
  const options = files.file
    .find(({ name }) => name === "rpcdeck/demo/v1/booking.proto")
    ?.messageType.find(({ name }) => name === "Booking")
    ?.field.find(({ name }) => name === "code")?.options;
  if (options === undefined) throw new Error("no options");
  setExtension(options, fieldOption, create(FieldRulesSchema, { type: { case: "string", value: { pattern } } }));
  const types = createFileRegistry(files);
  const booking = types.getMessage("rpcdeck.demo.v1.Booking")!;
  return (code: string) => checkRules(booking, types, toBinary(booking, fromJson(booking, { ...good, code })));
}

test("matches patterns of schemas in time that grows with the text alone, as RE2 does, and refuses what RE2 does not know", () => {
  const long = "a".repeat(50_000);
  for (const pattern of ["^(a+)+$", "^(a|aa)+$", "^(a*)*b?$", "^(.*a){12}$"]) {
    const check = withPattern(pattern);
    const started = performance.now();
    expect(check(long)).toEqual({ kind: "checked", violations: [] });
    expect(check(`${long}!`)).toMatchObject({ kind: "checked", violations: [{ path: "code", rule: "string.pattern" }] });
    // Backtracking takes longer than anybody waits from 30 characters on.
    expect(performance.now() - started).toBeLessThan(10_000);
  }
  expect(withPattern("^(a)\\1$")("aa")).toMatchObject({ kind: "failed" });
});
