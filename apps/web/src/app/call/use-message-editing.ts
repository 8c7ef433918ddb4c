import { useMemo } from "react";
import type { Draft } from "#data/draft.ts";
import { drafts } from "#data/drafts.ts";
import { bytesChange, messageBreak, type MessageSchema } from "#data/message-break.ts";
import { messageHistory, type MessageState, useMessageHistory } from "#data/message-history.ts";
import { useSteady } from "#lib/use-steady.ts";
import { typingPlace } from "./typing-place.ts";
import type { CallModel } from "./use-call.ts";
import { useUndoKeys } from "./use-undo-keys.ts";

/** Changes of a draft; those of its message can be undone. */
export interface MessageEditing {
  readonly onChange: (change: Partial<Draft>) => void;
  /** Other bytes, which may break the message. */
  readonly onBytes: (message: Uint8Array) => void;
  readonly onUndo: (() => void) | undefined;
  readonly onRedo: (() => void) | undefined;
  /** What reads the message; undefined without a schema. */
  readonly schema: MessageSchema | undefined;
  /** Where the bytes break the message that the form shows; undefined while they do not. */
  readonly broken: { readonly offset: number; readonly message: string } | undefined;
}

/** Edits the draft in hand. What is typed into one field in one go is undone in one go. */
export function useMessageEditing(draft: Draft, call: CallModel): MessageEditing {
  const { input, registry } = call;
  const schema = useMemo(() => (input === undefined ? undefined : { desc: input, registry }), [input, registry]);
  const { canUndo, canRedo } = useMessageHistory(draft.id);
  const onChange = useSteady((change: Partial<Draft>) => {
    // The store has what was changed since the last rendering too.
    const now = drafts.get(draft.id) ?? draft;
    const keepsBytes = change.message === undefined || change.message === now.message;
    const next = keepsBytes || "lastGood" in change ? change : { ...change, lastGood: undefined };
    const before = stateOf(now);
    if (differs(before, { ...before, ...next })) {
      messageHistory.record(draft.id, { before, place: typingPlace(), at: performance.now() });
    }
    drafts.update(draft.id, next);
  });
  const onBytes = useSteady((message: Uint8Array) => {
    onChange(bytesChange(drafts.get(draft.id) ?? draft, message, schema));
  });
  const step = (direction: "undo" | "redo") => () => {
    const state = messageHistory[direction](draft.id, stateOf(drafts.get(draft.id) ?? draft));
    if (state !== undefined) drafts.update(draft.id, state);
  };
  const onUndo = canUndo ? step("undo") : undefined;
  const onRedo = canRedo ? step("redo") : undefined;
  useUndoKeys({ onUndo, onRedo });
  const broken = useMemo(
    () => (draft.lastGood === undefined || schema === undefined ? undefined : messageBreak(schema, draft.message)),
    [draft.lastGood, draft.message, schema],
  );
  return { onChange, onBytes, onUndo, onRedo, schema, broken };
}

function stateOf({ message, jsonText, lastGood }: Draft): MessageState {
  return { message, jsonText, lastGood };
}

function differs(before: MessageState, after: MessageState): boolean {
  return before.message !== after.message || before.jsonText !== after.jsonText;
}
