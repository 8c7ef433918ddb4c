import type { TrafficCall } from "../routing/traffic.ts";
import { tellCalls, tellMs } from "./limits.ts";

/** Tells the lead of calls that ended, in batches. */
export interface EndedCalls {
  /** A line of the access log, with its end. */
  line(text: string): void;
  call(call: TrafficCall): void;
  /** Tells what is left, and stops. */
  close(): void;
}

/** Nothing to tell yet. The timer keeps no process alive. */
export function tellEnded(tell: (lines: string, calls: readonly TrafficCall[]) => void): EndedCalls {
  let lines: string[] = [];
  let calls: TrafficCall[] = [];
  const flush = (): void => {
    if (lines.length + calls.length === 0) return;
    tell(lines.join(""), calls);
    lines = [];
    calls = [];
  };
  const timer = setInterval(flush, tellMs);
  timer.unref();
  return {
    line(text) {
      if (lines.push(text) >= tellCalls) flush();
    },
    call(call) {
      if (calls.push(call) >= tellCalls) flush();
    },
    close() {
      clearInterval(timer);
      flush();
    },
  };
}
