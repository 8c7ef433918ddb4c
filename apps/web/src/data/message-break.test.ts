import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { expect, test } from "vitest";
import { bytesChange, messageBreak } from "./message-break.ts";

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const schema = { desc: PersonSchema, registry: undefined };

function breakOf(hex: string) {
  return messageBreak(schema, bytesOf(hex))?.offset;
}

test("tells where bytes stop being a message, nested ones too", () => {
  expect(breakOf("0a0161")).toBeUndefined();
  expect(breakOf("0a0561")).toBe(0);
  expect(breakOf("0a016110")).toBe(3);
  expect(breakOf("0a0161" + "2203" + "0a0561")).toBe(5);
  // An entry of a map whose inside is cut, text that is not UTF-8, unknown fields.
  expect(breakOf("42020a05")).toBe(1);
  expect(breakOf("0a01ff")).toBeUndefined();
  expect(breakOf("b83801")).toBeUndefined();
});

test("keeps the last message that could be read while the bytes are none", () => {
  const good = bytesOf("0a0161");
  const broken = bytesChange({ message: good, lastGood: undefined }, bytesOf("0a0561"), schema);
  expect(broken.lastGood).toBe(good);
  const worse = bytesChange(broken, bytesOf("0a0562"), schema);
  expect(worse.lastGood).toBe(good);
  expect(bytesChange(worse, bytesOf("0a0162"), schema).lastGood).toBeUndefined();
  expect(bytesChange({ message: new Uint8Array(), lastGood: undefined }, bytesOf("0a05"), schema).lastGood).toBeUndefined();
  expect(bytesChange({ message: bytesOf("0a"), lastGood: undefined }, bytesOf("0a05"), schema).lastGood).toBeUndefined();
  expect(bytesChange({ message: good, lastGood: undefined }, bytesOf("0a05"), undefined).lastGood).toBeUndefined();
});
