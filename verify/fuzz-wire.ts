// `npm run fuzz:wire -- --runs N [--seed S]`: random and mutated inputs against what the byte views promise of any bytes: nothing throws,
// spans and parts tile the input, offsets and paths lead back, Protoscope text assembles to the same bytes. One line of totals; exits
// non-zero when a promise is broken. Input i of seed S is input 0 of seed S + i: a failure names the seed that makes it alone.
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { fuzzWire } from "./fuzz.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "200000" }, seed: { type: "string", default: "1" } } });
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  console.log("npm run fuzz:wire -- --runs N [--seed S], whole numbers; N from 1");
  process.exit(2);
}
const started = performance.now();
const totals = fuzzWire({
  runs,
  seed,
  onProgress: (done) => {
    if (done % 1_000_000 === 0) console.log(`${done} inputs, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  },
});
for (const { seed: own, type, bytes, problem } of totals.failures) {
  console.log(`--seed ${own} (${type}) ${Buffer.from(bytes).toString("hex")}\n${problem}\n`);
}
const took = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `fuzz:wire: ${totals.inputs - totals.failed} passed, ${totals.failed} failed (${totals.bytes} bytes, ${totals.withSchema} with a schema, seed ${seed}, ${took} s)`,
);
process.exit(totals.failed === 0 ? 0 : 1);
