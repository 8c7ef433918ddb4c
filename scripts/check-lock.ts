// Fails when scripts/complete-lock.mjs would change the lock file: then `npm ci` would fail on another platform.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./steps.ts";

const file = join(root, "package-lock.json");
const before = readFileSync(file);
const { code, output } = await run(process.execPath, ["scripts/complete-lock.mjs"], { quiet: true });
const after = readFileSync(file);
if (code !== 0 || !before.equals(after)) {
  writeFileSync(file, before);
  console.log(output, "package-lock.json is not complete, run node scripts/complete-lock.mjs");
  process.exitCode = 1;
}
