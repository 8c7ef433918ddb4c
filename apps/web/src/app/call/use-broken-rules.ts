import { useState } from "react";
import type { RuleViolation } from "@rpcdeck/schema/rules";
import type { FieldViolation } from "#data/error-details.ts";
import type { Draft } from "#data/draft.ts";
import { drafts } from "#data/drafts.ts";
import { type RulesKit, useRuleCheck, useRules } from "#data/rules.ts";
import type { CallModel } from "./use-call.ts";

/** The rules of a draft's message, and those it breaks. */
export interface BrokenRules {
  readonly kit: RulesKit | undefined;
  /** To be shown: nothing for a message nobody has filled or sent yet. */
  readonly shown: readonly FieldViolation[];
  /** Why the rules cannot be checked. */
  readonly failure: string | undefined;
  /** Sending this very message was stopped once: the next time it goes. */
  readonly isStopped: boolean;
  /** Checks the message as it is now. True, and it is remembered, where sending is to stop; false where it may go. */
  readonly stop: () => boolean;
}

/** Checks a draft's message against the rules of its schema. */
export function useBrokenRules(draft: Draft, call: CallModel): BrokenRules {
  const { input: desc, registry } = call;
  const kit = useRules(registry);
  const checked = useRuleCheck(kit, { desc, registry }, draft.message);
  const [stoppedAt, setStoppedAt] = useState<Uint8Array>();
  const isStopped = stoppedAt === draft.message;
  const isUntouched = draft.message.length === 0 && !isStopped;
  return {
    kit,
    shown: checked?.kind !== "checked" || isUntouched ? none : checked.violations.map(toFieldViolation),
    failure: checked?.kind === "failed" ? checked.reason : undefined,
    isStopped: isStopped && checked?.kind === "checked" && checked.violations.length > 0,
    stop() {
      const { message } = drafts.get(draft.id) ?? draft;
      if (kit === undefined || desc === undefined || registry === undefined || stoppedAt === message) return false;
      const now = kit.checkRules(desc, registry, message);
      if (now.kind === "failed" || now.violations.length === 0) return false;
      setStoppedAt(message);
      return true;
    },
  };
}

const none: readonly FieldViolation[] = [];

function toFieldViolation({ path, message, rule }: RuleViolation): FieldViolation {
  return { path, message: rule.includes(".") ? `${message} (${rule})` : message };
}
