// `npm run verify:protoc -- [--runs N] [--seed S]`: our reading of random and mutated messages against `protoc --decode`: the verdict, every
// value of the wire tree and of the form, and what protoc reads from our canonical bytes. Every disagreement must be explained. Then the rule
// that tells messages from text without a schema, on all strings and messages of googleapis. One line of totals; exits non-zero when a claim
// does not hold.
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { compareWithProtoc } from "./compare-protoc.ts";
import { googleapis } from "./googleapis.ts";
import { explanations } from "./protoc-explanations.ts";
import { scoreGuesses } from "./score-guesses.ts";

/** What the rule may misread of googleapis, and how many values that must be. */
const maxMisread = 2;
const leastValues = 1_100_000;

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

const ruleFails = checkRule();
const failed = totals.unexplained.length + (ruleFails === true ? 1 : 0);
const passed = totals.compared - totals.unexplained.length + (ruleFails === false ? 1 : 0);
console.log(`verify:protoc: ${passed} passed, ${failed} failed${ruleFails === undefined ? ", 1 skipped" : ""} (${took()})`);
process.exit(failed === 0 && totals.compared === runs ? 0 : 1);

/** Whether the schema-less rule misses its claim; undefined where googleapis cannot be had. */
function checkRule(): boolean | undefined {
  const source = googleapis();
  if (source.kind === "missing") {
    const isRequired = process.env["REQUIRE_PEERS"] === "1";
    console.log(
      `schema-less rule: ${isRequired ? "FAILED" : "skipped (REQUIRE_PEERS=1 makes this a failure)"}: no googleapis: ${source.reason}`,
    );
    return isRequired ? true : undefined;
  }
  const score = scoreGuesses(source.bytes);
  const misread = score.stringsAsMessages + score.stringsAsBytes + score.messagesAsStrings + score.messagesAsBytes;
  const total = score.strings + score.messages;
  console.log(
    `schema-less rule on googleapis (${source.bytes.length} bytes): ${total} values, ${misread} misread, ${maxMisread} at most; ${took()}\n` +
      `  ${score.strings} strings, ${score.stringsAsMessages} read as messages, ${score.stringsAsBytes} as bytes\n` +
      `  ${score.messages} messages, ${score.messagesAsStrings} read as strings, ${score.messagesAsBytes} as bytes`,
  );
  for (const example of score.examples) console.log(`    ${example}`);
  return misread > maxMisread || total < leastValues;
}
