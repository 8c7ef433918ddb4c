import { outcomeFromFault } from "../errors/to-outcome.ts";
import type { RunningCalls } from "./running-calls.ts";

/** Callers whose calls were ended get so long to read that, in milliseconds. */
export const lastWordMs = 1_000;

/** Gives calls under way `graceMs` to finish; what still runs then is told so with `shutting_down`. */
export async function endRunning(running: RunningCalls, graceMs: number): Promise<void> {
  await running.whenNone(graceMs);
  const message = `the gateway is ending, and the call still ran after the ${graceMs / 1000} s of --drain-time`;
  running.breakOff(outcomeFromFault("shutting_down", message));
}
