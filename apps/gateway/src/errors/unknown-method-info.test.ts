import { expect, test } from "vitest";
import { unknownMethodInfo } from "./unknown-method-info.ts";

test("an unknown method names the near one and all that there are", () => {
  expect(unknownMethodInfo("SayHelo", ["Wave", "SayHello"])).toEqual({ near: "SayHello", methods: "Wave, SayHello" });
  expect(unknownMethodInfo("Xyzzy", ["Wave"])).toEqual({ methods: "Wave" });
});
