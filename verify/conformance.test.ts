import { expect, test } from "vitest";
import { scoreConformance } from "./conformance.ts";

test("gives the verdict of protobuf's conformance suite on all its binary inputs, and their bytes back", () => {
  const { inputs, rejected, scores } = scoreConformance();
  expect(Object.values(scores).flatMap(({ failures }) => failures)).toEqual([]);
  expect([inputs, rejected]).toEqual([1993, 648]);
});
