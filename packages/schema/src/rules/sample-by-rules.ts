import { type DescMessage, getOption, type Registry } from "@bufbuild/protobuf";
import { field as fieldOption, type FieldRules, Ignore } from "@rpcdeck/protocol/buf/validate/validate_pb.ts";
import { type Field, type Item, type MessageValue } from "../document.ts";
import { encodeDocument } from "../encode-document.ts";
import { sampleMessage, type SampleGuide } from "../sample-message.ts";
import { checkRules } from "./check-rules.ts";
import { fitToRules } from "./fit-to-rules.ts";

/** Rules between fields cannot be aimed at, only hit. */
const maxTries = 40;
/** A sample has no more items than this, however many a rule asks for. */
const maxItems = 100;

/** A sample as `sampleMessage` makes them that keeps the rules of its schema; the one that breaks fewest where none of 40 keeps all. */
export function sampleByRules(desc: DescMessage, seed: number, registry: Registry): MessageValue {
  let best = sampleMessage(desc, seed, registry, guide);
  let fewest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const candidate = sampleMessage(desc, seed + attempt * 7919, registry, guide);
    const checked = checkRules(desc, registry, encodeDocument(candidate));
    if (checked.kind === "failed") return best;
    if (checked.violations.length < fewest) {
      best = candidate;
      fewest = checked.violations.length;
    }
    if (fewest === 0) break;
  }
  return best;
}

const guide: SampleGuide = {
  count(field, usual) {
    const { value: typed } = rulesOf(field)?.type ?? {};
    const [least, most] =
      typed?.$typeName === "buf.validate.RepeatedRules"
        ? [typed.minItems, typed.maxItems]
        : typed?.$typeName === "buf.validate.MapRules"
          ? [typed.minPairs, typed.maxPairs]
          : [0n, 0n];
    const upper = most > 0n ? Number(most) : maxItems;
    return Math.min(maxItems, upper, Math.max(usual, Number(least)));
  },
  item(field, part, usual, random): Item {
    const rules = rulesOf(field);
    const { value: typed } = rules?.type ?? {};
    if (typed?.$typeName === "buf.validate.RepeatedRules") return fitToRules(typed.items, usual, random);
    if (typed?.$typeName === "buf.validate.MapRules") return fitToRules(part === "key" ? typed.keys : typed.values, usual, random);
    return fitToRules(rules, usual, random);
  },
};

function rulesOf(field: Field): FieldRules | undefined {
  if (field.kind !== "field" || field.proto.options === undefined) return undefined;
  const rules = getOption(field, fieldOption);
  return rules.ignore === Ignore.ALWAYS ? undefined : rules;
}
