import { expect, test } from "vitest";
import { fuzzWire } from "./fuzz.ts";

test("keeps its promises on 200,000 random and mutated inputs", () => {
  const { inputs, failures } = fuzzWire({ runs: 200_000, seed: 1 });
  expect(failures).toEqual([]);
  expect(inputs).toBe(200_000);
});
