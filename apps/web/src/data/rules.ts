import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { importsRules } from "@rpcdeck/schema";
import type * as Rules from "@rpcdeck/schema/rules";
import { useEffect, useState } from "react";

/** The words and the checks of protovalidate's rules. */
export type RulesKit = typeof Rules;

/** The validator is 100 kB: it comes when a schema first imports rules. */
let kit: RulesKit | undefined;

/** What knows the rules; undefined where the schema has none, and until it is loaded. */
export function useRules(registry: Registry | undefined): RulesKit | undefined {
  const [loaded, setLoaded] = useState(kit);
  const isWanted = registry !== undefined && importsRules(registry);
  useEffect(() => {
    if (!isWanted || loaded !== undefined) return undefined;
    let isGone = false;
    import("@rpcdeck/schema/rules").then(
      (module) => {
        kit = module;
        if (!isGone) setLoaded(module);
      },
      () => undefined, // Without its chunk the page is as with a schema without rules; the server still checks them.
    );
    return () => {
      isGone = true;
    };
  }, [isWanted, loaded]);
  return isWanted ? loaded : undefined;
}

/** Typing goes on while a message is checked only after this pause, in milliseconds. */
const pauseMs = 120;

/** What is wrong with a message by its rules, checked whenever typing pauses. Undefined where there is nothing to check: its type has no rules. */
export function useRuleCheck(
  rules: RulesKit | undefined,
  schema: { readonly desc: DescMessage | undefined; readonly registry: Registry | undefined },
  message: Uint8Array,
): Rules.RulesChecked | undefined {
  const { desc, registry } = schema;
  const [last, setLast] = useState<{ readonly desc: DescMessage; readonly checked: Rules.RulesChecked }>();
  useEffect(() => {
    if (rules === undefined || desc === undefined || registry === undefined || !rules.hasRules(desc)) return undefined;
    const timer = setTimeout(() => {
      setLast({ desc, checked: rules.checkRules(desc, registry, message) });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
    };
  }, [rules, desc, registry, message]);
  return rules !== undefined && last?.desc === desc ? last?.checked : undefined;
}
