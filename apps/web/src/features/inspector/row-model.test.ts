import { create, toBinary } from "@bufbuild/protobuf";
import { AddressBookSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { parse } from "@rpcdeck/wire";
import { expect, test } from "vitest";
import { createRowModel } from "./row-model.ts";

function book(people: number) {
  const message = create(AddressBookSchema, {
    people: Array.from({ length: people }, (_, id) => ({
      name: `p${id}`,
      id: id + 1,
      phones: [{ number: "1" }, { number: "2" }],
    })) as never,
  });
  return parse(toBinary(AddressBookSchema, message), AddressBookSchema);
}

function paths(index: ReturnType<typeof book>, model: ReturnType<typeof createRowModel>): string[] {
  return Array.from({ length: model.count }, (_, at) => index.pathOf(model.row(at)!));
}

test("opens everything in a small message, and what was folded stays closed", () => {
  const index = book(1);
  const all = createRowModel(index, new Map());
  expect(paths(index, all)).toEqual([
    "people[0]",
    "people[0].name",
    "people[0].id",
    "people[0].phones[0]",
    "people[0].phones[0].number",
    "people[0].phones[1]",
    "people[0].phones[1].number",
  ]);
  const folded = createRowModel(index, new Map([["people[0].phones[0]", false]]));
  expect(folded.count).toBe(6);
  expect(folded.isOpen(index.find("people[0].phones[0]")!)).toBe(false);
  expect(folded.rowOf(index.find("people[0].phones[0].number")!)).toBeUndefined();
});

test("opens only what was opened in a large message, and finds rows both ways", () => {
  const index = book(1000);
  expect(createRowModel(index, new Map()).count).toBe(1000);
  const model = createRowModel(
    index,
    new Map([
      ["people[10]", true],
      ["people[500]", true],
      ["people[500].phones[1]", true],
    ]),
  );
  expect(model.count).toBe(1000 + 4 + 4 + 1);
  for (let at = 0; at < model.count; at++) expect(model.rowOf(model.row(at)!)).toBe(at);
  expect(index.pathOf(model.row(model.count - 1)!)).toBe("people[999]");
  expect(index.pathOf(model.row(509)!)).toBe("people[500].phones[1].number");
});
