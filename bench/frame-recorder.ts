import type { Page } from "@playwright/test";

/** How busy the main thread of a page was. */
export interface Frames {
  /** Longest time between two frames, in milliseconds. */
  readonly longestGapMs: number;
  /** Tasks over 50 ms, as the browser counts them. */
  readonly longTasks: number;
}

interface Recording {
  last: number;
  longestGapMs: number;
  longTasks: number;
}

declare global {
  interface Window {
    recordedFrames: Recording;
  }
}

/** Records frames of every page that `page` opens from now on. */
export async function recordFrames(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const recording: Recording = { last: performance.now(), longestGapMs: 0, longTasks: 0 };
    window.recordedFrames = recording;
    const tick = (): void => {
      const now = performance.now();
      recording.longestGapMs = Math.max(recording.longestGapMs, now - recording.last);
      recording.last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    new PerformanceObserver((list) => (recording.longTasks += list.getEntries().length)).observe({ type: "longtask" });
  });
}

/** Forgets what was recorded so far. */
export async function restartFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.assign(window.recordedFrames, { last: performance.now(), longestGapMs: 0, longTasks: 0 });
  });
}

/** What was recorded since. */
export function framesOf(page: Page): Promise<Frames> {
  return page.evaluate(() => ({ longestGapMs: window.recordedFrames.longestGapMs, longTasks: window.recordedFrames.longTasks }));
}
