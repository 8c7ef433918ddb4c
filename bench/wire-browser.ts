import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";
import { startGateway } from "../peers/programs.ts";
import { findChromium } from "../scripts/find-chromium.ts";
import { addressBook } from "./address-book.ts";
import { type Frames, framesOf, recordFrames, restartFrames } from "./frame-recorder.ts";
import { sampleRenderers } from "./renderer-memory.ts";
import { measureTyping, type TypingPair } from "./typing.ts";

const largeBytes = 100_000_000;

/** What the page did with a large file in Chromium. Times in milliseconds. */
export interface LargeFigures {
  readonly megabytes: number;
  /** From the choice of the file to the first frame with its tree. */
  readonly interactiveMs: number;
  /** From the End key in the tree to the frame with the last record selected, while the check goes on. */
  readonly endKeyMs: number;
  /** The validating walk in the worker. */
  readonly walkMs: number;
  readonly records: number;
  readonly findings: number;
  /** From the choice of the file until verdict and sizes are there. */
  readonly checkedMs: number;
  /** While it opens: until the tree is drawn. */
  readonly opening: Frames;
  /** From then on: the End key, and the check that goes on meanwhile. */
  readonly afterwards: Frames;
  /** Most that the page's process held over what it held before, less the file itself; undefined where it cannot be measured. */
  readonly overBufferBytes: number | undefined;
}

/** Which half is measured; both without it. */
export type BrowserPart = "large" | "typing";

/** What the page did, as far as it was measured. */
export interface BrowserFigures {
  readonly large: LargeFigures | undefined;
  readonly typing: readonly TypingPair[] | undefined;
}

/** Opens a file of 100 MB in "Inspect bytes" and types into messages of 1 MB, in the built page from the gateway. */
export async function measureInBrowser(only: BrowserPart | undefined): Promise<BrowserFigures> {
  const work = mkdtempSync(join(tmpdir(), "rpcdeck-bench-"));
  const gateway = await startGateway("--log-level", "warn");
  const executablePath = findChromium();
  const browser = await chromium.launch({ args: ["--no-sandbox", "--disable-gpu"], ...(executablePath && { executablePath }) });
  try {
    return {
      large: only === "typing" ? undefined : await measureLarge(browser, gateway.address, work),
      typing: only === "large" ? undefined : await measureTyping(browser, gateway.address, work),
    };
  } finally {
    await browser.close();
    await gateway.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

async function measureLarge(browser: Browser, address: string, folder: string): Promise<LargeFigures> {
  const page = await browser.newPage({ baseURL: address, viewport: { width: 1392, height: 800 } });
  await recordFrames(page);
  const file = join(folder, "large.bin");
  writeFileSync(file, addressBook(largeBytes));
  const figures = await openLarge(page, file);
  await page.close();
  return figures;
}

async function openLarge(page: Page, file: string): Promise<LargeFigures> {
  await page.goto("/bytes");
  await page.getByRole("combobox", { name: "Message type" }).fill("pb.AddressB");
  await page.getByRole("option", { name: "pb.AddressBook", exact: false }).first().click();
  await page.evaluate(watchForTree);
  const memory = await sampleRenderers(page.context().browser() ?? fail("no browser"));
  const before = memory?.now() ?? 0;
  await restartFrames(page);
  await page.getByLabel("File to inspect").setInputFiles(file);
  const interactiveMs = await page.evaluate(() => window.treeDrawn);
  const opening = await framesOf(page);
  await restartFrames(page);

  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  await tree.focus();
  await page.evaluate(watchForLast);
  await page.keyboard.press("End");
  const endKeyMs = await page.evaluate(() => window.lastSelected);
  // With no field chosen, the panel says what the check found.
  await page.getByRole("button", { name: "AddressBook", exact: true }).click();
  const checked = page.getByRole("region", { name: "The message" }).getByText(/^[\d,]+ records, [\d,]+ findings?$/);
  await checked.waitFor({ timeout: 60_000 });
  const [records, findings] = ((await checked.textContent()) ?? "").match(/[\d,]+/g)?.map((text) => Number(text.replaceAll(",", ""))) ?? [];
  const took = (await checked.locator("xpath=following-sibling::*").textContent()) ?? "";
  const checkedMs = await page.evaluate(() => performance.now() - window.fileChosenAt);
  const afterwards = await framesOf(page);
  const most = memory?.stop();
  return {
    megabytes: largeBytes / 1e6,
    interactiveMs,
    endKeyMs,
    walkMs: millisecondsOf(took),
    records: records ?? 0,
    findings: findings ?? -1,
    checkedMs,
    opening,
    afterwards,
    overBufferBytes: most === undefined ? undefined : most - before - largeBytes,
  };
}

declare global {
  interface Window {
    fileChosenAt: number;
    treeDrawn: Promise<number>;
    lastSelected: Promise<number>;
  }
}

/** Runs in the page: from the change of the file input to the frame after the tree has rows. */
function watchForTree(): void {
  window.treeDrawn = new Promise((resolve) => {
    document.addEventListener(
      "change",
      () => {
        window.fileChosenAt = performance.now();
        const look = (): void => {
          const row = document.querySelector('[role="treegrid"] [role="row"][aria-rowindex="2"]');
          if (row === null) requestAnimationFrame(look);
          else requestAnimationFrame(() => resolve(performance.now() - window.fileChosenAt));
        };
        look();
      },
      { capture: true, once: true },
    );
  });
}

/** Runs in the page: from the next key to the frame after the last row is selected. */
function watchForLast(): void {
  window.lastSelected = new Promise((resolve) => {
    document.addEventListener(
      "keydown",
      () => {
        const started = performance.now();
        const look = (): void => {
          const tree = document.querySelector('[role="treegrid"]');
          const last = tree?.querySelector(`[aria-selected="true"][aria-rowindex="${tree.getAttribute("aria-rowcount")}"]`);
          if (last === null || last === undefined) requestAnimationFrame(look);
          else resolve(performance.now() - started);
        };
        requestAnimationFrame(look);
      },
      { capture: true, once: true },
    );
  });
}

/** "152 ms" and "1.2 s". */
function millisecondsOf(text: string): number {
  const [, value, unit] = /([\d.]+) (ms|s)/.exec(text) ?? [];
  return Number(value ?? Number.NaN) * (unit === "s" ? 1000 : 1);
}

function fail(reason: string): never {
  throw new Error(reason);
}
