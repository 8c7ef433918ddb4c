import { nameFromCode } from "@rpcdeck/frames";
import type { CallSnapshot } from "#data/call-state.ts";
import type { IconName } from "#ui/icon.tsx";

/** How a call stands, as the strip shows it. */
export interface OutcomeLook {
  readonly tone: "quiet" | "live" | "ok" | "warn" | "error";
  readonly icon: IconName | undefined;
  readonly word: string;
}

const deadlineExceeded = 4;

/** Word, icon and tone of a call's state. Codes as the protocol writes them. */
export function outcomeLook(snapshot: CallSnapshot | undefined): OutcomeLook {
  if (snapshot === undefined || snapshot.state.kind === "idle") return { tone: "quiet", icon: undefined, word: "Not sent yet" };
  const { state } = snapshot;
  if (state.kind === "opening") return { tone: "live", icon: undefined, word: "Sending" };
  if (state.kind === "open") return { tone: "live", icon: undefined, word: state.halfClosed ? "Receiving" : "Open" };
  const { code } = state.outcome;
  if (state.cancelled) return { tone: "warn", icon: "cancel", word: "Cancelled" };
  if (code === 0) return { tone: "ok", icon: "check-circle", word: "OK" };
  if (code === deadlineExceeded) return { tone: "warn", icon: "clock", word: nameFromCode(code) };
  return { tone: "error", icon: "x-circle", word: nameFromCode(code) };
}
