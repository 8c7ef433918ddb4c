import type { MethodKind, Outcome } from "@rpcdeck/frames";
import { useSyncExternalStore } from "react";
import type { CallSession, CallSnapshot } from "./call-state.ts";
import type { Draft } from "./draft.ts";

/** How many calls the list of recent calls holds. */
export const maxRecentCalls = 50;

/** One call of this visit. */
export interface RecentCall {
  /** The rpcdeck-call id. */
  readonly id: string;
  readonly draftId: string;
  readonly service: string;
  readonly method: string;
  readonly kind: MethodKind;
  /** `Date.now()` milliseconds. */
  readonly startedAt: number;
  readonly end:
    | "running"
    | { readonly outcome: Outcome; readonly cancelled: boolean; readonly elapsedMs: number; readonly receivedCount: number };
}

/** The last call of a draft, and the draft as it sent it. */
export interface SentCall {
  readonly session: CallSession;
  readonly sent: Draft;
}

const sessions = new Map<string, SentCall>();
const listeners = new Set<() => void>();
let recent: readonly RecentCall[] = [];

/** Tells the page to look at sessions and recent calls again. */
export function announce(): void {
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** What the draft's last call is, and the draft as that call sent it; undefined before the first. */
export function sentCall(draftId: string): SentCall | undefined {
  return sessions.get(draftId);
}

/** Makes a session the draft's last one. Shown with the next `announce`. */
export function keepSession(session: CallSession, sent: Draft): void {
  sessions.set(sent.id, { session, sent });
}

/** Puts a running call first in the list of recent calls; an ended one takes its place there, if it still has one. Shown with the next `announce`. */
export function keepRecentCall(call: RecentCall): void {
  if (call.end === "running") recent = [call, ...recent].slice(0, maxRecentCalls);
  else recent = recent.map((other) => (other.id === call.id ? call : other));
}

/** Cancels and forgets the session of a draft that was closed. */
export function forgetSession(draftId: string): void {
  sessions.get(draftId)?.session.cancel();
  if (sessions.delete(draftId)) announce();
}

/** The last call of a draft; undefined before the first. */
export function useSession(draftId: string | undefined): CallSession | undefined {
  return useSyncExternalStore(subscribe, () => (draftId === undefined ? undefined : sessions.get(draftId)?.session));
}

/** The draft as its last call sent it; undefined before the first. */
export function useSentDraft(draftId: string | undefined): Draft | undefined {
  return useSyncExternalStore(subscribe, () => (draftId === undefined ? undefined : sessions.get(draftId)?.sent));
}

/** True where a draft differs from what its last call sent. */
export function differsFromSent(draft: Draft): boolean {
  const sent = sessions.get(draft.id)?.sent;
  return sent !== undefined && sent !== draft;
}

/** What is known of a call, at most once a frame; undefined without one. */
export function useSnapshot(session: CallSession | undefined): CallSnapshot | undefined {
  return useSyncExternalStore(session?.subscribe ?? never, () => session?.snapshot());
}

/** The calls of this visit, newest first. */
export function useRecentCalls(): readonly RecentCall[] {
  return useSyncExternalStore(subscribe, () => recent);
}

const never = () => () => {};
