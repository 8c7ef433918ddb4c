import { useDeferredValue, useState } from "react";
import type { Draft, DraftHead } from "#data/draft.ts";

/**
 * The draft as the screen around the form shows it. What is typed into the form is in the form at once; the rest of the screen, which reads the
 * whole message, is drawn after the frame with the key in it, and only for the last of several. Until then this is the draft before. Anything
 * but another message is shown at once, as is another message where `isForm` is false: a view that is drawn from the draft alone must not wait.
 * What acts on the message (sending it, say) takes it from the store.
 */
export function useCalmDraft(draft: Draft | undefined, isForm: boolean): Draft | undefined {
  const later = useDeferredValue(draft);
  return isForm && draft !== undefined && later !== undefined && differsInMessageOnly(draft, later) ? later : draft;
}

/** The draft without its message: the same object until something else of it is another. */
export function useDraftHead(draft: Draft): DraftHead {
  const [kept, setKept] = useState<DraftHead>(draft);
  if (kept === draft || fieldsOf(draft).every((name) => messageFields.has(name) || draft[name] === (kept as Draft)[name])) return kept;
  setKept(draft);
  return draft;
}

const messageFields: ReadonlySet<keyof Draft> = new Set(["message", "jsonText", "lastGood"]);

function differsInMessageOnly(draft: Draft, other: Draft): boolean {
  return draft.message !== other.message && fieldsOf(draft).every((name) => name === "message" || draft[name] === other[name]);
}

function fieldsOf(draft: Draft): readonly (keyof Draft)[] {
  return Object.keys(draft) as (keyof Draft)[];
}
