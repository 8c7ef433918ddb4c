import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edit } from "./edit.ts";
import type { WireValue } from "./encode-value.ts";
import { createDoc, type WireDoc } from "./wire-doc.ts";

const hex = (text: string) => Uint8Array.from(text.trim().split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));
const text = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
const person = (init: object = {}) => toBinary(PersonSchema, create(PersonSchema, init as MessageInitShape<typeof PersonSchema>));

function edited(doc: WireDoc, path: string, value: WireValue | undefined): WireDoc {
  const result = edit(doc, path, value);
  if (!("doc" in result)) throw new Error(result.problem);
  return result.doc;
}

function problem(doc: WireDoc, path: string, value: WireValue | undefined): string {
  const result = edit(doc, path, value);
  return "problem" in result ? result.problem : "";
}

describe("edit", () => {
  test("patches one field and the lengths around it", () => {
    const doc = createDoc(person({ name: "ann", phones: [{ number: "1", type: 1 }], id: 5 }), PersonSchema);
    const next = edited(doc, "phones[0].number", "123");
    expect(text(next.bytes())).toBe(text(person({ name: "ann", phones: [{ number: "123", type: 1 }], id: 5 })));
    expect(text(doc.bytes())).toBe(text(person({ name: "ann", phones: [{ number: "1", type: 1 }], id: 5 })));
  });

  test("makes the messages, elements and entries that are missing, in the order of numbers", () => {
    let doc = createDoc(person({ name: "ann", email: "a@b" }), PersonSchema);
    doc = edited(doc, "id", 7);
    doc = edited(doc, "phones[0].number", "1");
    doc = edited(doc, "last_updated.seconds", 5n);
    doc = edited(doc, 'labels["a"]', "b");
    doc = edited(doc, "phones[1].type", 2);
    const expected = {
      name: "ann",
      email: "a@b",
      id: 7,
      phones: [{ number: "1" }, { type: 2 }],
      lastUpdated: { seconds: 5n, nanos: 0 },
      labels: { a: "b" },
    };
    expect(text(doc.bytes())).toBe(text(person(expected)));
  });

  test("sets the entry of a map, and values inside messages of a map", () => {
    const doc = edited(createDoc(person({ labels: { a: "b", c: "d" } }), PersonSchema), 'labels["c"]', "long enough to grow");
    expect(fromBinary(PersonSchema, doc.bytes()).labels).toEqual({ a: "b", c: "long enough to grow" });
  });

  test("leaves unknown fields, order and spelling of everything else alone", () => {
    const doc = createDoc(hex("10 85 00 9a 06 01 78 0a 83 00 61 62 63"), PersonSchema);
    expect(text(edited(doc, "name", "xy").bytes())).toBe("10 85 00 9a 06 01 78 0a 82 00 78 79");
    expect(edited(doc, "id", 5)).toBe(doc);
    expect(edited(doc, "name", "abc")).toBe(doc);
  });

  test("sets the last of several occurrences and removes all", () => {
    const doc = createDoc(hex("10 01 10 02 0a 01 61"), PersonSchema);
    expect(text(edited(doc, "id", 9).bytes())).toBe("10 01 10 09 0a 01 61");
    expect(text(edited(doc, "id", undefined).bytes())).toBe("0a 01 61");
  });

  test("removes the other members of a oneof", () => {
    const doc = createDoc(person({ contactPreference: { case: "smsOptin", value: true } }), PersonSchema);
    expect(text(edited(doc, "email_optin", true).bytes())).toBe("30 01");
  });

  test("edits elements of packed runs and fields of groups", () => {
    const doc = createDoc(hex("42 03 01 ac 02 2b 30 05 2c"), KitchenSinkProto2Schema);
    expect(text(edited(doc, "packed[1]", 1).bytes())).toBe("42 02 01 01 2b 30 05 2c");
    expect(text(edited(doc, "window.width", 300).bytes())).toBe("42 03 01 ac 02 2b 30 ac 02 2c");
    expect(text(edited(doc, "window.height", 1).bytes())).toBe("42 03 01 ac 02 2b 30 05 38 01 2c");
    expect(text(edited(edited(doc, "packed[0]", undefined), "packed[0]", undefined).bytes())).toBe("2b 30 05 2c");
  });

  test("says why an edit cannot be made", () => {
    const doc = createDoc(person({ name: "ann" }), PersonSchema);
    expect(problem(doc, "id", 3_000_000_000)).toBe("3000000000 is outside int32: -2147483648 to 2147483647");
    expect(problem(doc, "name", 3)).toBe("3 is no string");
    expect(problem(doc, "nobody", 3)).toBe("there is no field nobody to set");
    expect(problem(doc, "phones[4].number", "1")).toContain("not at the end of the list");
    expect(problem(doc, "a b", 3)).toContain("column 2");
  });

  test("makes invalid bytes on purpose by splicing", () => {
    const doc = createDoc(person({ name: "ann" }), PersonSchema);
    expect(text(doc.spliced([{ start: 1, end: 2, bytes: hex("ff") }]).bytes())).toBe("0a ff 61 6e 6e");
  });

  test("gives what protobuf-es reads back, and undo gives identical bytes", () => {
    const edits = fc.oneof(
      fc.tuple(
        fc.constantFrom("name", "email", "nickname", "phones[0].number", "phones[1].number", 'labels["k"]'),
        fc.string({ unit: "grapheme" }),
      ),
      fc.tuple(fc.constantFrom("id"), fc.integer()),
      fc.tuple(fc.constantFrom("account_number"), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
      fc.tuple(fc.constantFrom("last_updated.seconds"), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })),
      fc.tuple(fc.constantFrom("email_optin", "sms_optin"), fc.boolean()),
      fc.tuple(fc.constantFrom("photo"), fc.uint8Array({ maxLength: 200 })),
    );
    fc.assert(
      fc.property(fc.array(edits, { maxLength: 12 }), (list) => {
        const history = [createDoc(person({ phones: [{ number: "1" }, { number: "2" }] }), PersonSchema)];
        const expected = new Map<string, WireValue>();
        for (const [path, value] of list) {
          history.push(edited(history.at(-1)!, path, value));
          if (path.endsWith("_optin")) expected.delete(path === "sms_optin" ? "email_optin" : "sms_optin");
          expected.set(path, value);
        }
        const doc = history.at(-1)!;
        expect(
          doc
            .index()
            .validation()
            .findings.filter(({ severity }) => severity !== "note"),
        ).toEqual([]);
        const read = fromBinary(PersonSchema, doc.bytes());
        for (const [path, value] of expected) {
          const got: Record<string, unknown> = {
            name: read.name,
            email: read.email,
            nickname: read.nickname,
            "phones[0].number": read.phones[0]?.number,
            "phones[1].number": read.phones[1]?.number,
            'labels["k"]': read.labels["k"],
            id: read.id,
            account_number: read.accountNumber,
            "last_updated.seconds": read.lastUpdated?.seconds,
            email_optin: read.contactPreference.value,
            sms_optin: read.contactPreference.value,
            photo: read.photo,
          };
          expect(got[path]).toEqual(value);
        }
        expect(text(history[0]!.bytes())).toBe(text(person({ phones: [{ number: "1" }, { number: "2" }] })));
      }),
      { numRuns: 400 },
    );
  });

  test("refuses to write behind what cannot be read, and into a stray end tag", () => {
    expect(problem(createDoc(hex("42 03 0a 01 61 42 03 0a 05 61"), PersonSchema), 'labels[""]', "x")).toBe(
      "the map entry cannot be read to its end",
    );
    expect(problem(createDoc(hex("14 08 01")), "#2", 1)).toBe("#2 is the end of no group and holds no value");
  });

  test("writes every scalar as protobuf-es does", () => {
    const values: [string, WireValue, object][] = [
      ["double_value", -0.1, { doubleValue: -0.1 }],
      ["float_value", 1.5, { floatValue: 1.5 }],
      ["int32_value", -1, { int32Value: -1 }],
      ["sint32_value", -1, { sint32Value: -1 }],
      ["sint64_value", -(1n << 63n), { sint64Value: -(1n << 63n) }],
      ["fixed32_value", 4_294_967_295, { fixed32Value: 4_294_967_295 }],
      ["sfixed64_value", -2n, { sfixed64Value: -2n }],
      ["bool_value", true, { boolValue: true }],
      ["bytes_value", hex("00 ff"), { bytesValue: hex("00 ff") }],
      ["flavour", -1, { flavour: -1 }],
    ];
    for (const [path, value, init] of values) {
      const doc = edited(createDoc(new Uint8Array(), KitchenSinkSchema), path, value);
      expect(text(doc.bytes())).toBe(text(toBinary(KitchenSinkSchema, create(KitchenSinkSchema, init))));
    }
  });
});
