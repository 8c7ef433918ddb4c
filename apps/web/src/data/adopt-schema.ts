import { drafts } from "./drafts.ts";

/** Moves the open drafts of a typed target from the schema it had to the one it has now. What was typed stays; drafts with a schema of their own too. */
export function adoptSchema(url: string, from: string, to: string): void {
  if (from === to || to === "") return;
  for (const draft of drafts.list()) {
    if (draft.target === url && draft.schemaId === from) drafts.update(draft.id, { schemaId: to });
  }
}
