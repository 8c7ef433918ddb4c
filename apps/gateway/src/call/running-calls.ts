import type { Outcome } from "@rpcdeck/frames";
import type { Call } from "./call.ts";

/** Calls under way, each with the way to end it from our side: the backend gets a cancel, the caller the outcome. */
export interface RunningCalls {
  readonly count: number;
  /** A call begins. `breakOff` does nothing once the call is over. */
  add(call: Call, breakOff: (outcome: Outcome) => void): void;
  /** It is over. */
  remove(call: Call): void;
  /** Ends those that `isMeant`; default all. */
  breakOff(outcome: Outcome, isMeant?: (call: Call) => boolean): void;
  /** Resolves when none is left, or after `timeoutMs`. */
  whenNone(timeoutMs: number): Promise<void>;
}

/** None yet. */
export function createRunningCalls(): RunningCalls {
  const running = new Map<Call, (outcome: Outcome) => void>();
  const waiting = new Set<() => void>();
  return {
    get count() {
      return running.size;
    },
    add(call, breakOff) {
      running.set(call, breakOff);
    },
    remove(call) {
      running.delete(call);
      if (running.size === 0) for (const done of waiting) done();
    },
    breakOff(outcome, isMeant = () => true) {
      for (const [call, breakOff] of running) if (isMeant(call)) breakOff(outcome);
    },
    whenNone(timeoutMs) {
      if (running.size === 0) return Promise.resolve();
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
