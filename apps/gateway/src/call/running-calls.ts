import type { Outcome } from "@rpcdeck/frames";
import type { Call } from "./call.ts";

/** Calls under way, each with the way to end it from our side: the backend gets a cancel, the caller the outcome. */
export interface RunningCalls {
  readonly count: number;
  /** A call begins. `breakOff` does nothing once the call is over. Answers what is to be called then, once. */
  add(call: Call, breakOff: (outcome: Outcome) => void): () => void;
  /** Ends those that `isMeant`; default all. */
  breakOff(outcome: Outcome, isMeant?: (call: Call) => boolean): void;
  /** Resolves when none is left, or after `timeoutMs`. */
  whenNone(timeoutMs: number): Promise<void>;
}

interface Running {
  readonly call: Call;
  readonly breakOff: (outcome: Outcome) => void;
  /** Its place among all. */
  at: number;
}

/**
 * None yet. They stand in an array where the last fills the place of one that leaves, and not in a Map: V8 keeps the tables that a Map
 * outgrew linked to each other until the next major garbage collection, and with them every call that was in one.
 */
export function createRunningCalls(): RunningCalls {
  const running: Running[] = [];
  const waiting = new Set<() => void>();
  return {
    get count() {
      return running.length;
    },
    add(call, breakOff) {
      const own: Running = { call, breakOff, at: running.length };
      running.push(own);
      return () => {
        const last = running.pop();
        if (last !== undefined && last !== own) {
          last.at = own.at;
          running[own.at] = last;
        }
        if (running.length === 0) for (const done of waiting) done();
      };
    },
    breakOff(outcome, isMeant = () => true) {
      for (const one of running.filter(({ call }) => isMeant(call))) one.breakOff(outcome);
    },
    whenNone(timeoutMs) {
      if (running.length === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        waiting.add(done);
      });
    },
  };
}
