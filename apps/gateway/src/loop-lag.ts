import { monitorEventLoopDelay } from "node:perf_hooks";

/** Watches whether this process comes to its turns. */
export interface LoopLag {
  /** True from the moment on that turns came too late for `heldMs`, until they came in time for as long. */
  isStuck(): boolean;
  close(): void;
}

/** When a process counts as stuck. */
export interface LoopLagOptions {
  /** A turn that comes later than this is too late, in milliseconds. */
  readonly lagMs: number;
  /** For how long that has to be so, and for how long it must be well again, in milliseconds. */
  readonly heldMs: number;
  /** How often it is looked at, in milliseconds. */
  readonly everyMs: number;
}

/** Shipped limits; listed in docs/limits.md. */
export const defaultLoopLag: LoopLagOptions = { lagMs: 1_000, heldMs: 5_000, everyMs: 500 };

/** How exactly the delay of turns is measured, in milliseconds: a timer of node's own, beside JavaScript. */
const resolutionMs = 100;

/** Starts watching. The timer keeps no process alive. */
export function watchLoopLag(options: LoopLagOptions = defaultLoopLag): LoopLag {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let isStuck = false;
  let lastMs = performance.now();
  /** Since when turns have all come too late, or all come in time. */
  let late: { readonly isLate: boolean; readonly sinceMs: number } = { isLate: false, sinceMs: lastMs };
  const timer = setInterval(() => {
    const nowMs = performance.now();
    // After a block this turn may come before the histogram has seen it.
    const isLate = Math.max(delays.max / 1e6, nowMs - lastMs - options.everyMs) > options.lagMs;
    delays.reset();
    if (isLate !== late.isLate) late = { isLate, sinceMs: lastMs };
    if (nowMs - late.sinceMs >= options.heldMs) isStuck = isLate;
    lastMs = nowMs;
  }, options.everyMs);
  timer.unref();
  return {
    isStuck: () => isStuck,
    close() {
      clearInterval(timer);
      delays.disable();
    },
  };
}
