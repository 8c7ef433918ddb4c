import { create, toBinary } from "@bufbuild/protobuf";
import { AddressBookSchema, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { describe, expect, test } from "vitest";
import { parse } from "./parse.ts";
import { buffersOf, prepare } from "./prepare.ts";

const people = Array.from({ length: 500 }, (_, at) => ({ name: `p${at}`, id: at, labels: { team: "a", [`k${at}`]: "b" } }));
const book = toBinary(AddressBookSchema, create(AddressBookSchema, { people }));
const person = toBinary(PersonSchema, create(PersonSchema, people[7]));

describe("prepare", () => {
  test("makes what parse takes as it is, after a transfer", () => {
    const made = prepare(parse(book, AddressBookSchema), 1 << 20);
    const prepared = structuredClone(made, { transfer: buffersOf(made) });
    expect(made.levels[0]?.records.starts).toHaveLength(0);
    const index = parse(book, AddressBookSchema, { prepared });
    expect(index.root.starts).toBe(prepared.levels[0]?.records.starts);
    const record = index.record(index.root, 321);
    expect(record === undefined ? "" : index.pathOf(record)).toBe("people[321]");
    expect(index.find("people[499].name")?.number).toBe(1);
  });

  test("reaches into large records only", () => {
    const index = parse(book, AddressBookSchema);
    expect(prepare(index, 1 << 20).levels).toHaveLength(1);
    expect(prepare(index, 1).levels.length).toBeGreaterThan(500);
  });

  test("is of no use for another type", () => {
    const prepared = prepare(parse(person, PersonSchema), 1 << 20);
    const raw = parse(person, undefined, { prepared });
    expect(raw.root.prepared).toBeUndefined();
    expect(raw.pathOf(raw.record(raw.root, 0)!)).toBe("#1");
  });
});
