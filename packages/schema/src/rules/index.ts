export { checkRules, hasRules, type RulesChecked, type RuleViolation } from "./check-rules.ts";
export { sampleAgainstRules } from "./sample-against-rules.ts";
export { sampleByRules } from "./sample-by-rules.ts";
export { isRequiredByRules, rulesOfField, rulesOfMessage, rulesOfOneof } from "./rule-text.ts";
