import type { Outcome } from "@rpcdeck/frames";
import type { LegListener, OutboundLeg } from "../call/call.ts";

/** A leg that fails before anything is dialled, with a fault of the call itself: no other instance would do better. */
export function refuseLeg(protocol: string, outcome: Outcome, listener: LegListener): OutboundLeg {
  let isOver = false;
  queueMicrotask(() => {
    if (isOver) return;
    isOver = true;
    listener.onOutcome(outcome, { unseen: false, local: true });
  });
  return {
    protocol,
    write: () => true,
    end: () => undefined,
    cancel() {
      isOver = true;
    },
    pauseResponses: () => undefined,
    resumeResponses: () => undefined,
  };
}
