import { createRegistry } from "@bufbuild/protobuf";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { BookingSchema, file_rpcdeck_demo_v1_booking } from "@rpcdeck/protocol/rpcdeck/demo/v1/booking_pb.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeDocument } from "../encode-document.ts";
import { printMessage } from "../print-json.ts";
import { checkRules } from "./check-rules.ts";
import { sampleAgainstRules } from "./sample-against-rules.ts";
import { sampleByRules } from "./sample-by-rules.ts";
import { textForPattern } from "./text-for-pattern.ts";

const registry = createRegistry(file_rpcdeck_demo_v1_booking);

test("keeps every rule, those between fields too, whatever the seed", () => {
  for (let seed = 0; seed < 50; seed++) {
    const checked = checkRules(BookingSchema, registry, encodeDocument(sampleByRules(BookingSchema, seed, registry)));
    expect({ seed, checked }).toEqual({ seed, checked: { kind: "checked", violations: [] } });
  }
});

test("gives the same message for the same seed, and others for others", () => {
  const printed = (seed: number) => printMessage(sampleByRules(BookingSchema, seed, registry), registry);
  expect(printed(7)).toBe(printed(7));
  expect(new Set([1, 2, 3, 4].map(printed)).size).toBe(4);
});

const patterns = [
  "^[A-Z0-9]{6}$",
  "^[a-z]{1,12}$",
  "^(?:red|green|blue)-\\d+$",
  "^[a-z]([a-z0-9-]*[a-z0-9])?$",
  "^\\+[1-9]\\d{1,14}$",
  "^projects/[^/]+/items/(?P<id>\\w+)$",
  "^v\\d+(\\.\\d+){2}(-[0-9A-Za-z.-]+)?$",
  "^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$",
  "a|b|c",
  "^.{3,5}$",
];
for (const pattern of patterns) {
  test(`makes a text that ${pattern} matches`, () => {
    let state = 1;
    const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let at = 0; at < 20; at++) expect(textForPattern(pattern, random)).toMatch(new RegExp(pattern.replace("(?P<", "(?<")));
  });
}

test("never throws, whatever the pattern", () => {
  fc.assert(
    fc.property(fc.string(), (pattern) => {
      textForPattern(pattern, () => 0.5);
    }),
  );
});

test("makes a sample that breaks rules where a schema has some, and none where it has not", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const sample = sampleAgainstRules(BookingSchema, seed, registry);
    if (sample === undefined) throw new Error("no sample");
    const checked = checkRules(BookingSchema, registry, encodeDocument(sample));
    expect(checked.kind === "checked" && checked.violations.length).toBeGreaterThan(0);
    expect(encodeDocument(sampleAgainstRules(BookingSchema, seed, registry)!)).toEqual(encodeDocument(sample));
  }
  expect(sampleAgainstRules(PersonSchema, 1, createRegistry(PersonSchema))).toBeUndefined();
});
