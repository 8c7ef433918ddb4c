import type { Clock } from "./clock.ts";

/** For tests: a clock that only moves when told to. */
export interface FakeClock extends Clock {
  /** Moves on and runs what falls due, in order. */
  advance(ms: number): void;
  /** How many timers are set: 0 when everything was cleaned up. */
  pending(): number;
}

/** A clock that stands at 0, on 2026-01-01. */
export function createFakeClock(): FakeClock {
  const timers = new Map<object, { readonly atMs: number; readonly action: () => void }>();
  let nowMs = 0;
  const nextBefore = (limitMs: number) => {
    const due = [...timers].filter(([, { atMs }]) => atMs <= limitMs);
    return due.toSorted(([, a], [, b]) => a.atMs - b.atMs)[0];
  };
  return {
    nowMs: () => nowMs,
    wallMs: () => Date.UTC(2026, 0, 1) + nowMs,
    after(delayMs, action) {
      const key = {};
      timers.set(key, { atMs: nowMs + delayMs, action });
      return () => void timers.delete(key);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (let next = nextBefore(endMs); next !== undefined; next = nextBefore(endMs)) {
        const [key, { atMs, action }] = next;
        timers.delete(key);
        nowMs = atMs;
        action();
      }
      nowMs = endMs;
    },
    pending: () => timers.size,
  };
}
