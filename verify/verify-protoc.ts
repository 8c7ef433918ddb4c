// `npm run verify:protoc -- [--runs N] [--seed S]`: our reading of random and mutated messages against `protoc --decode`: the verdict, every
// value of the wire tree and of the form, and what protoc reads from our canonical bytes. Every disagreement must be explained. Then the rule
// that tells messages from text without a schema, on all strings and messages of googleapis. One line of totals; exits non-zero when a claim
// does not hold.
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { compareWithProtoc } from "./compare-protoc.ts";
import { explanations } from "./protoc-explanations.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } } });
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  console.log("npm run verify:protoc -- --runs N [--seed S], whole numbers; N from 1");
  process.exit(2);
}
const started = performance.now();
const took = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
const totals = await compareWithProtoc({
  runs,
  seed,
  onProgress: (done) => {
    console.log(`${done} messages, ${took()}`);
  },
});
console.log(
  `protoc --decode: ${totals.compared} messages (seed ${seed}), ${totals.accepted} accepted with ${totals.values} values, ${totals.rejected} refused; ${totals.processes} processes, ${took()}`,
);
for (const { name, reason } of explanations) {
  const found = totals.explained.get(name);
  console.log(`  ${String(found?.messages ?? 0).padStart(6)}  ${name}: ${reason}`);
  if (found !== undefined) console.log(`          such as ${found.example}`);
}
console.log(`  ${String(totals.unexplained.length).padStart(6)}  unexplained`);
for (const line of totals.unexplained.slice(0, 20)) console.log(`          ${line}`);
const failed = totals.unexplained.length;
console.log(`verify:protoc: ${totals.compared - failed} passed, ${failed} failed`);
process.exit(failed === 0 && totals.compared === runs ? 0 : 1);
