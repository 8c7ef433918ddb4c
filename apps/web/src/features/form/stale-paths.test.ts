import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { decodeDocument } from "@rpcdeck/schema";
import { expect, test } from "vitest";
import { stalePaths } from "./stale-paths.ts";

const read = (hex: string) =>
  decodeDocument(
    PersonSchema,
    undefined,
    Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
  ).message;

test("names what newer bytes say otherwise or not at all, and what is around it", () => {
  const shown = read("0a0161" + "1007" + "22030a0131" + "22050a01321001" + "42060a0161120131" + "42060a0162120132");
  expect([...stalePaths(shown, shown)]).toEqual([]);
  // id is another, phones[1] cannot be read and with it nothing behind.
  const now = read("0a0161" + "1008" + "22030a0131" + "22090a01321001");
  expect([...stalePaths(shown, now)].toSorted()).toEqual([
    "id",
    "labels",
    'labels["a"]',
    'labels["b"]',
    "phones",
    "phones[1]",
    "phones[1].number",
    "phones[1].type",
  ]);
});
