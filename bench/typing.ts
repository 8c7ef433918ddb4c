import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import type { Browser, Page } from "@playwright/test";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { explorerOf } from "../e2e/pages/explorer.ts";
import { type KeyWork, keyWorkOf, type TraceEvent } from "./key-work.ts";

const largeBytes = 1_000_000;
const smallBytes = 100_000;
const warmUp = "warm up ";
const typedKeys = 40;
/** Between keys, in milliseconds: everything that a key leaves to be done after a pause falls to that key. */
const keyDelayMs = 200;

/** Where is typed, and what stands around it. */
interface TypingLoad {
  readonly name: string;
  readonly path: string;
  readonly message: (bytes: number) => Uint8Array;
}

/** One load at one size. */
export interface TypingFigures {
  readonly name: string;
  readonly bytes: number;
  /** One for each key. */
  readonly keys: readonly KeyWork[];
}

/** A load at 1 MB and at 100 kB. */
export interface TypingPair {
  readonly large: TypingFigures;
  readonly small: TypingFigures;
}

const loads: readonly TypingLoad[] = [
  { name: "a text beside 1 MB of texts", path: "string_value", message: manyTexts },
  { name: "a text in one of many messages", path: "nesteds[100].label", message: manyMessages },
  { name: "a text beside one value of 1 MB", path: "string_value", message: oneValue },
];

/** Types into forms of messages of 1 MB and of 100 kB, in the built page from the gateway at `address`, with the wire inspector open. */
export async function measureTyping(browser: Browser, address: string, folder: string): Promise<readonly TypingPair[]> {
  const pairs: TypingPair[] = [];
  for (const load of loads) {
    const large = await typeInto(browser, address, { load, folder, bytes: largeBytes });
    const small = await typeInto(browser, address, { load, folder, bytes: smallBytes });
    pairs.push({ large, small });
  }
  return pairs;
}

async function typeInto(browser: Browser, address: string, options: OpenOptions): Promise<TypingFigures> {
  const page = await openLoad(browser, address, options);
  await page.keyboard.type(warmUp, { delay: keyDelayMs });
  await browser.startTracing(page, { categories: ["devtools.timeline", "disabled-by-default-devtools.timeline"] });
  await page.keyboard.type("a".repeat(typedKeys), { delay: keyDelayMs });
  const trace = await browser.stopTracing();
  await page.context().close();
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: readonly TraceEvent[] };
  const keys = keyWorkOf(traceEvents);
  if (keys.length !== typedKeys) throw new Error(`the trace has ${keys.length} keys, typed were ${typedKeys}`);
  return { name: options.load.name, bytes: options.bytes, keys };
}

interface OpenOptions {
  readonly load: TypingLoad;
  readonly folder: string;
  readonly bytes: number;
}

/** A page of its own with the message of a load, the caret at the end of its text. */
async function openLoad(browser: Browser, address: string, { load, folder, bytes }: OpenOptions): Promise<Page> {
  const context = await browser.newContext({ baseURL: address, viewport: { width: 1392, height: 800 } });
  const page = await context.newPage();
  const file = join(folder, `${bytes}.bin`);
  writeFileSync(file, load.message(bytes));
  await page.goto("/");
  const call = await explorerOf(page).open("EchoKitchenSink");
  await call.showRequest("Bytes");
  await call.request.getByLabel("File with the message's bytes").setInputFiles(file);
  await call.showRequest("Form");
  await showField(page, load.path);
  await call.wireTree.waitFor();
  const field = call.field(load.path);
  await field.click();
  await field.press("End");
  return page;
}

/** Opens the form at a field, as a link to it does. */
async function showField(page: Page, path: string): Promise<void> {
  const url = new URL(page.url());
  url.searchParams.set("path", path);
  await page.goto(url.href);
}

function manyTexts(bytes: number): Uint8Array {
  const strings = Array.from({ length: Math.ceil(bytes / 24) }, (_, at) => `string number ${at}`.padEnd(21, "."));
  return toBinary(KitchenSinkSchema, create(KitchenSinkSchema, { stringValue: "typed: ", strings }));
}

function manyMessages(bytes: number): Uint8Array {
  const nesteds = Array.from({ length: Math.ceil(bytes / 49) }, (_, at) => ({
    label: `record number ${at}`.padEnd(21, "."),
    child: { label: "a message inside it" },
  }));
  return toBinary(KitchenSinkSchema, create(KitchenSinkSchema, { nesteds }));
}

function oneValue(bytes: number): Uint8Array {
  return toBinary(KitchenSinkSchema, create(KitchenSinkSchema, { stringValue: "typed: ", bytesValue: new Uint8Array(bytes).fill(7) }));
}
