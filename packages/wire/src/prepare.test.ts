import { create, toBinary } from "@bufbuild/protobuf";
import { AddressBookSchema, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { describe, expect, test } from "vitest";
import { recordNotes } from "./level-notes.ts";
import { parse } from "./parse.ts";
import { buffersOf, prepare, type Prepared } from "./prepare.ts";
import type { ReadAs } from "./read-as.ts";

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

  test("hands over what the records of a level know of each other", () => {
    const twice = Uint8Array.from([...toBinary(PersonSchema, create(PersonSchema, { name: "a" })), ...person]);
    const made = prepare(parse(twice, PersonSchema), 1 << 20);
    const merged = made.levels[0]?.facts?.merged;
    const noted = (prepared: Prepared): string[] => {
      const index = parse(twice, PersonSchema, { prepared });
      return recordNotes(index, index.record(index.root, 0)!).map(({ text }) => text);
    };
    expect(noted(structuredClone(made))).toEqual(["overwritten by 0x03: the last one wins"]);
    expect(merged?.occurrences.get("1")).toEqual({
      ranges: [
        { start: 0, end: 3 },
        { start: 3, end: 7 },
      ],
      count: 2,
      last: 3,
    });
    // No second pass is made: other facts give another note.
    const other = new Map(merged?.occurrences).set("1", { ranges: [], count: 2, last: 5 });
    const levels = made.levels.map((level) => ({
      ...level,
      facts: level.facts === undefined ? undefined : { ...level.facts, merged: { ...level.facts.merged, occurrences: other } },
    }));
    expect(noted({ ...made, levels })).toEqual(["overwritten by 0x05: the last one wins"]);
  });

  test("gives way to what the user has chosen", () => {
    const prepared = prepare(parse(book, AddressBookSchema), 1);
    const readAs = new Map<string, ReadAs>([["people.labels", "bytes"]]);
    const [plain, ready] = [parse(book, AddressBookSchema, { readAs }), parse(book, AddressBookSchema, { readAs, prepared })];
    const labels = (index: typeof plain): string[] => {
      const level = index.children(index.record(index.root, 3)!)!;
      return Array.from({ length: level.count }, (_, at) => index.pathOf(index.record(level, at)!));
    };
    expect(labels(ready)).toContain('people[3].labels[""]~2');
    expect(labels(ready)).toEqual(labels(plain));
    expect(ready.root.starts).toBe(prepared.levels[0]?.records.starts);
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
