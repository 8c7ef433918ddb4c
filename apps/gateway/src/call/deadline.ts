/** A caller's deadline above this is taken as this (decision 8). */
export const maxDeadlineMs = 3_600_000;

/** The deadline on the `performance.now()` clock, from time left; at most {@link maxDeadlineMs} ahead. */
export function deadlineFrom(timeoutMs: number, nowMs: number = performance.now()): number {
  return nowMs + Math.min(timeoutMs, maxDeadlineMs);
}
