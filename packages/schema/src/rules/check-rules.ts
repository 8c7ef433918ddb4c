import { type DescMessage, fromBinary, hasOption, type Registry } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Validator, type Violation } from "@bufbuild/protovalidate";
import { field as fieldOption, message as messageOption, oneof as oneofOption } from "@rpcdeck/protocol/buf/validate/validate_pb.ts";

/** A rule that a message breaks. */
export interface RuleViolation {
  /** Where, as the form writes paths: `guests[0].name`, a oneof by its name, "" for the message itself. */
  readonly path: string;
  /** Id of the rule, such as `string.min_len`. */
  readonly rule: string;
  /** What is asked for, as the rule says it. */
  readonly message: string;
}

/** What a check found. */
export type RulesChecked =
  | { readonly kind: "checked"; readonly violations: readonly RuleViolation[] }
  /** The rules themselves, or the bytes, could not be read: nothing is known of the message. */
  | { readonly kind: "failed"; readonly reason: string };

/** No more broken rules than this are told. */
const maxViolations = 200;

const validators = new WeakMap<Registry, Validator>();

const asked = new WeakMap<DescMessage, boolean>();

/** True when the type, or one that it can hold, has a rule: otherwise there is nothing to check. Found out once for a type. */
export function hasRules(desc: DescMessage): boolean {
  let known = asked.get(desc);
  if (known === undefined) {
    const seen = new Set([desc]);
    // Types that are found on the way are looked at in the same loop. What is in an Any no rule looks at.
    for (const type of seen) for (const { message } of type.fields) if (message !== undefined) seen.add(message);
    known = [...seen].some(hasOwnRules);
    asked.set(desc, known);
  }
  return known;
}

function hasOwnRules(desc: DescMessage): boolean {
  return (
    hasOption(desc, messageOption) ||
    desc.fields.some((field) => hasOption(field, fieldOption)) ||
    desc.oneofs.some((oneof) => hasOption(oneof, oneofOption))
  );
}

/** Checks the bytes of a message against the rules of its schema (protovalidate). Bytes of a type without rules are not read. Never throws. */
export function checkRules(desc: DescMessage, registry: Registry, bytes: Uint8Array): RulesChecked {
  if (!hasRules(desc)) return { kind: "checked", violations: [] };
  let validator = validators.get(registry);
  if (validator === undefined) {
    validator = createValidator({ registry });
    validators.set(registry, validator);
  }
  try {
    const result = validator.validate(desc, fromBinary(desc, bytes));
    switch (result.kind) {
      case "valid":
        return { kind: "checked", violations: [] };
      case "invalid":
        return { kind: "checked", violations: result.violations.slice(0, maxViolations).map(toRuleViolation) };
      case "error":
        return { kind: "failed", reason: result.error.message };
    }
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function toRuleViolation({ field, ruleId, message, forKey }: Violation): RuleViolation {
  const text = message === "" ? ruleId : message;
  return { path: pathToString(field), rule: ruleId, message: forKey ? `key: ${text}` : text };
}
