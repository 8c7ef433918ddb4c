// How fast messages are read and edited: the wire parser beside `protoc --decode_raw` and protobuf-es in Node, and what the built page does in
// Chromium with a file of 100 MB and with keys typed into messages of 1 MB. Ratios, counts and bytes gate; times are printed, and gate with
// --assert-times (decisions 0029 and 0030). `--only parser | large | typing` measures a part. One last line of totals; exits non-zero when a
// gate does not hold.
import { parseArgs } from "node:util";
import { join } from "node:path";
import { row } from "../faults/report.ts";
import { root, run } from "../scripts/steps.ts";
import type { KeyWork } from "./key-work.ts";
import type { TypingFigures, TypingPair } from "./typing.ts";
import { type LargeFigures, measureInBrowser } from "./wire-browser.ts";
import { measureInNode, type NodeFigures } from "./wire-node.ts";

interface Gate {
  readonly name: string;
  readonly holds: boolean;
  readonly isTime: boolean;
}

/** A part of the run: what its last line says of it, and what must hold. */
interface Part {
  readonly summary: string;
  readonly gates: readonly Gate[];
}

/** A key may cost this much more in ten times the message. */
const maxGrowth = 3;

const { values } = parseArgs({ options: { "assert-times": { type: "boolean", default: false }, only: { type: "string" } } });
const { only } = values;
if (only !== undefined && only !== "parser" && only !== "large" && only !== "typing") {
  console.log(`--only takes parser, large or typing, not ${only}`);
  process.exit(2);
}
const ms = (value: number): string => `${value.toFixed(0)} ms`;
const parts: Part[] = [];
if (only === undefined || only === "parser") parts.push(parserPart(measureInNode()));
if (only !== "parser") {
  const { code } = await run(process.execPath, [join(root, "scripts/build-web.ts"), "--if-needed"]);
  if (code !== 0) process.exit(code);
  const { large, typing } = await measureInBrowser(only);
  if (large !== undefined) parts.push(largePart(large));
  if (typing !== undefined) parts.push(typingPart(typing));
}

const gates = parts.flatMap((part) => part.gates);
const failed = gates.filter(({ holds, isTime }) => !holds && (!isTime || values["assert-times"]));
for (const { name } of gates.filter(({ holds }) => !holds)) console.log(`does not hold: ${name}`);
console.log(`wire: ${parts.map(({ summary }) => summary).join("; ")}; ${gates.length - failed.length} gates hold, ${failed.length} fail`);
process.exitCode = failed.length === 0 ? 0 : 1;

function parserPart({ timesProtoc, timesProtobufEs }: NodeFigures): Part {
  return {
    summary: `${timesProtoc.toFixed(1)} times protoc --decode_raw (at least 5), ${timesProtobufEs.toFixed(1)} times protobuf-es`,
    gates: [{ name: "at least 5 times protoc --decode_raw", holds: timesProtoc >= 5, isTime: false }],
  };
}

function largePart(page: LargeFigures): Part {
  const over = page.overBufferBytes;
  const overText = over === undefined ? "not measured: only Linux tells what a process holds" : `${(over / 1e6).toFixed(0)} MB`;
  console.log(`100 MB walked in a worker           ${ms(page.walkMs)}, ${((1000 * page.megabytes) / page.walkMs).toFixed(0)} MB/s`);
  console.log(`100 MB opened to interactive        ${ms(page.interactiveMs)}; the last record by the End key ${ms(page.endKeyMs)} later`);
  console.log(`100 MB verdict and sizes            ${ms(page.checkedMs)} after the file was chosen`);
  for (const [when, { longestGapMs, longTasks }] of [
    ["while it opens", page.opening],
    ["afterwards", page.afterwards],
  ] as const) {
    console.log(`longest frame ${when.padEnd(22)}${ms(longestGapMs)}; tasks over 50 ms: ${longTasks}`);
  }
  console.log(`memory over the 100 MB              ${overText}`);
  return {
    summary: `100 MB interactive in ${ms(page.interactiveMs)}, walked in ${ms(page.walkMs)}, longest frame ${ms(page.opening.longestGapMs)} meanwhile and ${ms(page.afterwards.longestGapMs)} afterwards, memory over it ${overText}`,
    gates: [
      { name: "every record was seen, without a finding", holds: page.records > 15_000_000 && page.findings === 0, isTime: false },
      { name: "under 250 MB over the buffer", holds: over === undefined || over < 250e6, isTime: false },
      { name: "interactive in under 1 s", holds: page.interactiveMs < 1000, isTime: true },
      { name: "no main-thread frame over 50 ms while it opens", holds: page.opening.longestGapMs <= 50, isTime: true },
    ],
  };
}

function typingPart(pairs: readonly TypingPair[]): Part {
  const head = ["a key in the form", "message", "to the frame", "until the next", "longest task", "long tasks"];
  const widths = [34, -8, -15, -15, -15, -11];
  row(widths, head);
  for (const { large, small } of pairs) for (const figures of [large, small]) row(widths, typingCells(figures));
  console.log("p50 / p99 in ms of the main thread's processor time");
  const worst = Math.max(...pairs.map(({ large }) => percentile(large.keys, "toPaintMs", 0.5)));
  return {
    summary: `a key in 1 MB ${worst.toFixed(1)} ms to the frame at most (p50)`,
    gates: pairs.flatMap(({ large, small }) => {
      const growth = percentile(large.keys, "totalMs", 0.5) / percentile(small.keys, "totalMs", 0.5);
      return [
        {
          name: `${large.name}: a key in 1 MB costs under ${maxGrowth} times that in 100 kB, is ${growth.toFixed(1)}`,
          holds: growth < maxGrowth,
          isTime: false,
        },
        { name: `${large.name}: a frame in under 16 ms (p50)`, holds: percentile(large.keys, "toPaintMs", 0.5) < 16, isTime: true },
        { name: `${large.name}: no task over 16 ms (p50)`, holds: percentile(large.keys, "longestMs", 0.5) < 16, isTime: true },
      ];
    }),
  };
}

function typingCells({ name, bytes, keys }: TypingFigures): readonly string[] {
  const both = (of: keyof KeyWork): string => `${percentile(keys, of, 0.5).toFixed(1)} / ${percentile(keys, of, 0.99).toFixed(1)}`;
  const longTasks = keys.reduce((sum, key) => sum + key.longTasks, 0);
  return [
    name,
    bytes >= 1e6 ? `${bytes / 1e6} MB` : `${bytes / 1e3} kB`,
    both("toPaintMs"),
    both("totalMs"),
    both("longestMs"),
    String(longTasks),
  ];
}

function percentile(keys: readonly KeyWork[], of: keyof KeyWork, share: number): number {
  const sorted = keys.map((key) => key[of]).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
