import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { expect, test } from "vitest";
import { fieldPaths, maskTarget } from "./field-paths.ts";

test("names fields near ones first, and ends in a message that holds itself", () => {
  const paths = fieldPaths(KitchenSinkSchema, { maxDepth: 9, limit: 1000, lists: "inside" }).map(({ path }) => path);
  expect(paths[0]).toBe("double_value");
  expect(paths).toContain("nested.child");
  expect(paths).not.toContain("nested.child.child");
  expect(paths.indexOf("old")).toBeLessThan(paths.indexOf("nested.label"));
  expect(paths.some((path) => path.startsWith("timestamp."))).toBe(false);
});

test("goes into lists only when asked to", () => {
  const inside = (lists: "inside" | "outside") => fieldPaths(PersonSchema, { maxDepth: 2, limit: 100, lists }).map(({ path }) => path);
  expect(inside("inside")).toContain("phones.number");
  expect(inside("outside")).not.toContain("phones.number");
  expect(inside("outside")).toContain("phones");
});

test("stops at its limit", () => {
  expect(fieldPaths(KitchenSinkSchema, { maxDepth: 9, limit: 5, lists: "inside" })).toHaveLength(5);
});

test("takes the message around for the target of a mask with several messages beside it", () => {
  expect(maskTarget(KitchenSinkSchema.field.fieldMask)).toBe(KitchenSinkSchema);
});
