import { useSyncExternalStore } from "react";
import type { Draft } from "./draft.ts";
import { drafts } from "./drafts.ts";

/** Steps that are kept for one draft, and the bytes of their messages together; the oldest go first. */
const maxSteps = 200;
const maxBytes = 32 * 1024 * 1024;
/** Edits of one place within this time are one step. */
const togetherMs = 1_000;

/** What an edit of a message may change. */
export type MessageState = Pick<Draft, "message" | "jsonText" | "lastGood">;

/** One edit, before it is made. */
export interface MessageEdit {
  readonly before: MessageState;
  /** Where it happened: edits of one place soon after each other are one step. */
  readonly place: string;
  /** In milliseconds. */
  readonly at: number;
}

/** The earlier and the undone states of the messages of drafts. Lasts as long as the page. */
export interface MessageHistory {
  record(draftId: string, edit: MessageEdit): void;
  /** The state before the last step; undefined where there is none. `now` comes back with `redo`. */
  undo(draftId: string, now: MessageState): MessageState | undefined;
  redo(draftId: string, now: MessageState): MessageState | undefined;
  readonly canUndo: (draftId: string) => boolean;
  readonly canRedo: (draftId: string) => boolean;
  /** Drops what belongs to other drafts than these. */
  keepOnly(draftIds: ReadonlySet<string>): void;
  readonly subscribe: (listener: () => void) => () => void;
}

interface Steps {
  readonly undo: readonly MessageState[];
  readonly redo: readonly MessageState[];
  /** The edit that made the last step, while it can grow. */
  readonly last: Pick<MessageEdit, "place" | "at"> | undefined;
}

const noSteps: Steps = { undo: [], redo: [], last: undefined };

/** An empty history. */
export function createMessageHistory(): MessageHistory {
  const all = new Map<string, Steps>();
  const listeners = new Set<() => void>();
  const of = (id: string) => all.get(id) ?? noSteps;
  const set = (id: string, steps: Steps) => {
    all.set(id, steps);
    for (const listener of listeners) listener();
  };
  return {
    record(id, { before, place, at }) {
      const { undo, last } = of(id);
      const grows = last !== undefined && last.place === place && at - last.at < togetherMs;
      set(id, { undo: grows ? undo : bounded([...undo, before]), redo: [], last: { place, at } });
    },
    undo(id, now) {
      const { undo, redo } = of(id);
      const state = undo.at(-1);
      if (state !== undefined) set(id, { undo: undo.slice(0, -1), redo: [...redo, now], last: undefined });
      return state;
    },
    redo(id, now) {
      const { undo, redo } = of(id);
      const state = redo.at(-1);
      if (state !== undefined) set(id, { undo: bounded([...undo, now]), redo: redo.slice(0, -1), last: undefined });
      return state;
    },
    canUndo: (id) => of(id).undo.length > 0,
    canRedo: (id) => of(id).redo.length > 0,
    keepOnly(ids) {
      for (const id of all.keys()) if (!ids.has(id)) all.delete(id);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function bounded(states: readonly MessageState[]): readonly MessageState[] {
  let bytes = 0;
  let from = states.length;
  for (let at = states.length - 1; at >= Math.max(0, states.length - maxSteps); at--) {
    const state = states[at];
    bytes += (state?.message.length ?? 0) + (state?.jsonText?.length ?? 0);
    if (bytes > maxBytes && from < states.length) break;
    from = at;
  }
  return states.slice(from);
}

/** The page's history. */
export const messageHistory = createMessageHistory();

drafts.subscribe(() => {
  messageHistory.keepOnly(new Set(drafts.list().map((draft) => draft.id)));
});

/** Whether there is something to undo and to redo. */
export function useMessageHistory(draftId: string): { readonly canUndo: boolean; readonly canRedo: boolean } {
  const canUndo = useSyncExternalStore(messageHistory.subscribe, () => messageHistory.canUndo(draftId));
  const canRedo = useSyncExternalStore(messageHistory.subscribe, () => messageHistory.canRedo(draftId));
  return { canUndo, canRedo };
}
