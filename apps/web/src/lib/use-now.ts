import { useSyncExternalStore } from "react";

interface Clock {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => number;
}

const clocks = new Map<number, Clock>();

/** `Date.now()`, anew every `everyMs`. All users of one interval share one timer, so that rows tick together. */
export function useNow(everyMs: number): number {
  const clock = clockOf(everyMs);
  return useSyncExternalStore(clock.subscribe, clock.snapshot);
}

function clockOf(everyMs: number): Clock {
  const known = clocks.get(everyMs);
  if (known) return known;
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const clock: Clock = {
    snapshot() {
      // A clock that stood still is set once, and then holds until its next tick.
      if (timer === undefined && Date.now() - now > everyMs) now = Date.now();
      return now;
    },
    subscribe(listener) {
      listeners.add(listener);
      timer ??= setInterval(() => {
        now = Date.now();
        for (const each of listeners) each();
      }, everyMs);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
  clocks.set(everyMs, clock);
  return clock;
}
