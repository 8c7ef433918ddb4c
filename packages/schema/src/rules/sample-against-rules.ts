import type { DescMessage, Registry } from "@bufbuild/protobuf";
import type { MessageValue } from "../document.ts";
import { encodeDocument } from "../encode-document.ts";
import { sampleMessage } from "../sample-message.ts";
import { checkRules } from "./check-rules.ts";

/** Samples that are tried. */
const maxTries = 40;

/**
 * A sensible sample that breaks rules of its schema, to see what a server says to it: the one that breaks fewest of 40. Undefined where none breaks
 * any, as with a schema without rules.
 */
export function sampleAgainstRules(desc: DescMessage, seed: number, registry: Registry): MessageValue | undefined {
  let best: MessageValue | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < maxTries && fewest > 1; attempt++) {
    const candidate = sampleMessage(desc, seed + attempt * 7919, registry);
    const checked = checkRules(desc, registry, encodeDocument(candidate));
    if (checked.kind === "failed") return undefined;
    if (checked.violations.length === 0 || checked.violations.length >= fewest) continue;
    best = candidate;
    fewest = checked.violations.length;
  }
  return best;
}
