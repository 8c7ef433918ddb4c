import { expect, it } from "vitest";
import { rank } from "./rank.ts";

const order = (query: string, texts: readonly string[]) =>
  texts
    .flatMap((text) => {
      const found = rank(text, query);
      return found ? [{ text, score: found.score }] : [];
    })
    .toSorted((a, b) => b.score - a.score)
    .map((entry) => entry.text);

it("puts whole words before starts, starts before humps, and humps before the rest", () => {
  expect(order("per", ["x.Whisper/A", "x.AddPerson/B", "x.Person/C", "x.Per/D"])).toEqual([
    "x.Per/D",
    "x.Person/C",
    "x.AddPerson/B",
    "x.Whisper/A",
  ]);
});

it("wants every word, in any order and any case", () => {
  expect(order("MUL arith", ["arith.v1.Arith/Mul", "arith.v1.Arith/Div"])).toEqual(["arith.v1.Arith/Mul"]);
  expect(rank("pb.Greeter", "zzz")).toBeUndefined();
});

it("says where it found the words", () => {
  expect(rank("pb.Greeter/SayHello", "hello greet")?.matches).toEqual([
    { start: 3, end: 8 },
    { start: 14, end: 19 },
  ]);
});
