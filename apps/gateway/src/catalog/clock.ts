/** Time as an argument, so that tests can turn it. */
export interface Clock {
  /** Milliseconds that only ever go up; not a time of day. */
  nowMs(): number;
  /** Time of day in milliseconds since 1970. */
  wallMs(): number;
  /** Runs `action` once after `delayMs`; returns the way to cancel it. Never keeps the process alive. */
  after(delayMs: number, action: () => void): () => void;
}

/** Longest delay a Node timer can hold; longer ones are cut, so callers check the time again when they run. */
const maxTimerMs = 2_147_483_647;

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, Math.min(delayMs, maxTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
