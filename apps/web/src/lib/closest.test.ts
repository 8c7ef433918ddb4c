import { expect, it } from "vitest";
import { closest } from "./closest.ts";

const names = ["pb.Greeter", "Greeter", "SayHello", "AddPerson", "ListPeople"];

it.each([
  ["grete", "Greeter"],
  ["SAYHELO", "SayHello"],
  ["addprson", "AddPerson"],
  ["listp", "ListPeople"],
  ["zzzzzz", undefined],
  ["q", undefined],
])("takes %s for %s", (word, name) => {
  expect(closest(word, names)).toBe(name);
});
