// Every static check, side by side: types, lint, format, unused code, proto lint, generated code and lock file unchanged.
import { performance } from "node:perf_hooks";
import { run, seconds } from "./steps.ts";

const checks: readonly { readonly name: string; readonly command: string; readonly args: readonly string[] }[] = [
  { name: "types", command: "tsc", args: ["-b"] },
  { name: "lint", command: "oxlint", args: ["--deny-warnings"] },
  { name: "format", command: "oxfmt", args: ["--check", "."] },
  { name: "unused code", command: "knip", args: [] },
  { name: "proto lint", command: "buf", args: ["lint"] },
  { name: "generated code", command: process.execPath, args: ["scripts/check-generated.ts"] },
  { name: "lock file", command: process.execPath, args: ["scripts/complete-lock.mjs", "--check"] },
];

let failed = 0;
for (const { name, command, args } of checks) {
  const started = performance.now();
  const { code, output } = await run(command, args, { quiet: true });
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds(started)})`);
  if (code !== 0) {
    failed += 1;
    console.log(output);
  }
}
console.log(`check: ${checks.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
