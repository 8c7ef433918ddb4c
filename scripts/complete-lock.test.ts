import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./steps.ts";

test("leaves a complete lock file alone, so that the next command does not install everything again", () => {
  const writtenAt = () => statSync(join(root, "package-lock.json")).mtimeMs;
  const before = writtenAt();
  execFileSync(process.execPath, [join(root, "scripts/complete-lock.mjs")]);
  expect(writtenAt()).toBe(before);
});
