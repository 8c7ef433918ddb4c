import { errorCodes, Http2Fault } from "./frame.ts";

/** Frames without use (PING, SETTINGS, empty DATA, ...) that a peer may send in one go, and how many more each second. */
const burst = 2_000;
const perSecond = 200;

/** Counts the frames of a peer that carry nothing, so that they cannot become a flood. */
export class UselessFrameCount {
  #frames = 0;
  #sinceMs = performance.now();

  /** One more. Throws {@link Http2Fault} when there are too many. */
  count(): void {
    this.#frames++;
    if (this.#frames <= burst) return;
    const now = performance.now();
    const earned = ((now - this.#sinceMs) / 1000) * perSecond;
    this.#sinceMs = now;
    this.#frames = Math.max(0, this.#frames - Math.floor(earned));
    if (this.#frames > burst) throw new Http2Fault(errorCodes.enhanceYourCalm, "a flood of frames without use");
  }

  /** One of them has had a reason. */
  forgiveOne(): void {
    if (this.#frames > 0) this.#frames--;
  }
}
