import { readFileSync } from "node:fs";
import type { Browser } from "@playwright/test";

/** The memory of the processes that draw pages, sampled. */
export interface MemorySampler {
  /** Resident bytes now. */
  readonly now: () => number;
  /** Most that was resident since the last time, in bytes; stops sampling. */
  readonly stop: () => number;
}

const sampleEveryMs = 25;

/** Samples the renderers of a browser; undefined where the machine does not say what a process holds (it is read from /proc). */
export async function sampleRenderers(browser: Browser): Promise<MemorySampler | undefined> {
  if (process.platform !== "linux") return undefined;
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const pids = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  const now = (): number => pids.reduce((sum, pid) => sum + residentBytes(pid), 0);
  let most = now();
  const timer = setInterval(() => (most = Math.max(most, now())), sampleEveryMs);
  return {
    now,
    stop() {
      clearInterval(timer);
      return Math.max(most, now());
    },
  };
}

function residentBytes(pid: number): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0; // it has ended
  }
}
