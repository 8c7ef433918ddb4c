import type { Draft } from "./draft.ts";

/** The headers that choose instance and policy of a draft's call; the gateway never forwards them. */
export function policyHeaders(
  draft: Pick<Draft, "target" | "select" | "fail" | "hedgeMs">,
): readonly (readonly [name: string, value: string])[] {
  return [
    ...(draft.target === undefined ? [] : [["rpcdeck-target", draft.target] as const]),
    ...(draft.select === undefined ? [] : [["rpcdeck-select", draft.select] as const]),
    ...(draft.fail === undefined ? [] : [["rpcdeck-fail", draft.fail] as const]),
    ...(draft.hedgeMs === undefined ? [] : [["rpcdeck-hedge", String(draft.hedgeMs)] as const]),
  ];
}
