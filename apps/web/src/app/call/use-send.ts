import { useMemo } from "react";
import { parseJson } from "@rpcdeck/schema";
import { carrierOf } from "#data/call-session.ts";
import type { CallSnapshot, Carrier } from "#data/call-state.ts";
import type { Draft, RequestView } from "#data/draft.ts";
import { drafts } from "#data/drafts.ts";
import { metadataProblems } from "#data/request-headers.ts";
import { requestBytes } from "#data/request-bytes.ts";
import { sendDraft, sendNext, streamSlots } from "#data/send-draft.ts";
import type { BrokenRules } from "./use-broken-rules.ts";
import type { CallModel } from "./use-call.ts";

/** Sending, and what stands in its way. */
export interface Send {
  /** Sends the call, or the next message of an open stream. Where something stands in the way, goes there instead; a broken rule stops it once. */
  readonly main: () => void;
  /** Opens a stream without a message. */
  readonly openEmpty: () => void;
  /** Why it cannot be sent, in a sentence; undefined when it can. */
  readonly problem: string | undefined;
  readonly messageProblem: { readonly view: "form" | "json"; readonly count: number; readonly text: string } | undefined;
  readonly carrier: Carrier;
}

/** How the draft in hand is sent. */
export function useSend(options: {
  draft: Draft;
  call: CallModel;
  snapshot: CallSnapshot | undefined;
  /** Texts in the form that are no values. */
  formProblems: number;
  rules: BrokenRules;
  onSent: () => void;
  onRefused: (view: RequestView) => void;
  /** Rules are broken, and this message was not sent yet. */
  onStopped: () => void;
}): Send {
  const { draft, call, snapshot, formProblems } = options;
  const { input, registry, kind } = call;
  const jsonProblems = useMemo(() => {
    if (draft.jsonText === undefined || input === undefined) return [];
    const read = parseJson(input, registry, draft.jsonText);
    return read.ok ? [] : read.problems;
  }, [draft.jsonText, input, registry]);
  const [metadataProblem] = metadataProblems(draft.metadata);
  const [jsonProblem] = jsonProblems;
  const messageProblem =
    jsonProblem !== undefined
      ? ({ view: "json", count: jsonProblems.length, text: `Line ${jsonProblem.line}: ${jsonProblem.message}` } as const)
      : formProblems > 0
        ? ({ view: "form", count: formProblems, text: "A value in the form cannot be sent" } as const)
        : undefined;
  const needsSchema = draft.codec === "json" && input === undefined && draft.jsonText === undefined;
  const problem =
    messageProblem?.text ??
    metadataProblem?.message ??
    (needsSchema ? "JSON needs the schema of the message; binary can be sent" : undefined);
  const isOpen = snapshot !== undefined && snapshot.state.kind !== "ended" && snapshot.state.kind !== "idle";

  // With the last keys, which the screen may not show yet.
  const latest = (): Draft => drafts.get(draft.id) ?? draft;
  const bytes = (): Uint8Array | undefined => {
    const read = requestBytes(latest(), input === undefined || registry === undefined ? undefined : { desc: input, registry });
    return read.kind === "ready" ? read.bytes : undefined;
  };
  const refuse = () => {
    options.onRefused(messageProblem?.view ?? (metadataProblem === undefined ? "options" : "metadata"));
  };
  return {
    problem,
    messageProblem,
    carrier: carrierOf(draft, kind, streamSlots),
    main() {
      const first = problem === undefined ? bytes() : undefined;
      if (first === undefined) {
        refuse();
        return;
      }
      if (!(isOpen && (kind === "unary" || kind === "server-stream")) && options.rules.stop()) {
        options.onStopped();
        return;
      }
      if (isOpen) {
        if (kind === "client-stream" || kind === "bidi") sendNext(latest(), first);
        return;
      }
      sendDraft(latest(), kind, first);
      options.onSent();
    },
    openEmpty() {
      if (metadataProblem !== undefined) {
        refuse();
        return;
      }
      sendDraft(latest(), kind, undefined);
      options.onSent();
    },
  };
}
