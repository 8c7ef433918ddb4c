// How fast messages are read: the wire parser beside `protoc --decode_raw` and protobuf-es in Node, and what the built page does in Chromium
// with a file of 100 MB and a message of 1 MB. Ratios, counts and bytes gate; times are printed, and gate with --assert-times (decisions
// 0029 and 0030). One last line of totals; exits non-zero when a gate does not hold.
import { parseArgs } from "node:util";
import { join } from "node:path";
import { root, run } from "../scripts/steps.ts";
import { measureInBrowser } from "./wire-browser.ts";
import { measureInNode } from "./wire-node.ts";

const { values } = parseArgs({ options: { "assert-times": { type: "boolean", default: false } } });
const { code } = await run(process.execPath, [join(root, "scripts/build-web.ts"), "--if-needed"]);
if (code !== 0) process.exit(code);

const node = measureInNode();
const page = await measureInBrowser();
const over = page.overBufferBytes;
const ms = (value: number): string => `${value.toFixed(0)} ms`;

console.log(`100 MB walked in a worker           ${ms(page.walkMs)}, ${((1000 * page.megabytes) / page.walkMs).toFixed(0)} MB/s`);
console.log(`100 MB opened to interactive        ${ms(page.interactiveMs)}; the last record by the End key ${ms(page.endKeyMs)} later`);
console.log(`100 MB verdict and sizes            ${ms(page.checkedMs)} after the file was chosen`);
console.log(`longest frame of the main thread    ${ms(page.longestGapMs)}; tasks over 50 ms: ${page.longTasks}`);
console.log(
  `memory over the 100 MB              ${over === undefined ? "not measured: only Linux tells what a process holds" : `${(over / 1e6).toFixed(0)} MB`}`,
);
console.log(`a key in the form of a 1 MB message ${page.keyMs.toFixed(1)} ms of the main thread`);

const gates: readonly { readonly name: string; readonly holds: boolean; readonly isTime: boolean }[] = [
  { name: "at least 5 times protoc --decode_raw", holds: node.timesProtoc >= 5, isTime: false },
  { name: "every record was seen, without a finding", holds: page.records > 15_000_000 && page.findings === 0, isTime: false },
  { name: "under 250 MB over the buffer", holds: over === undefined || over < 250e6, isTime: false },
  { name: "interactive in under 1 s", holds: page.interactiveMs < 1000, isTime: true },
  { name: "no main-thread frame over 50 ms", holds: page.longestGapMs <= 50, isTime: true },
  { name: "a key in under 16 ms", holds: page.keyMs < 16, isTime: true },
];
const failed = gates.filter(({ holds, isTime }) => !holds && (!isTime || values["assert-times"]));
for (const { name } of gates.filter(({ holds }) => !holds)) console.log(`does not hold: ${name}`);
console.log(
  `wire: ${node.timesProtoc.toFixed(1)} times protoc --decode_raw (at least 5), ${node.timesProtobufEs.toFixed(1)} times protobuf-es; 100 MB interactive in ${ms(page.interactiveMs)}, walked in ${ms(page.walkMs)}, longest frame ${ms(page.longestGapMs)}, ${over === undefined ? "memory not measured" : `${(over / 1e6).toFixed(0)} MB over the buffer`}; ${page.keyMs.toFixed(1)} ms a key; ${gates.length - failed.length} gates hold, ${failed.length} fail`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
