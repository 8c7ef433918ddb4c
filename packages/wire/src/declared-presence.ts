import { levelFacts } from "./level-facts.ts";
import type { WireField } from "./message-table.ts";
import type { WireIndex, WireLevel } from "./wire-index.ts";

/** A field that is not set, and what readers take for it. */
export interface UnsetDefault {
  readonly name: string;
  /** As the schema writes it: `42`, `"text"`, `CLOSED_TWO`. */
  readonly text: string;
}

/**
 * What the schema says about a field that is not on the wire, in a line: "unset reads as [default = 7] · explicit: set to its default is not the
 * same as unset". Undefined for lists, maps and their entries, which have no presence.
 */
export function declaredPresence(field: WireField): string | undefined {
  if (field.desc === undefined || field.shape !== "singular") return undefined;
  const text = defaultText(field);
  return text === undefined ? ruleOf(field) : `unset reads as [default = ${text}] · ${ruleOf(field)}`;
}

/** The fields of a message that are unset and have a default of their own. Those of merged messages count as set. */
export function unsetDefaults(index: WireIndex, level: WireLevel): UnsetDefault[] {
  const { table } = level;
  const declared = table?.fields.flatMap((field) => {
    const text = defaultText(field);
    return text === undefined ? [] : [{ field, text }];
  });
  if (declared === undefined || declared.length === 0) return [];
  const { occurrences, turns } = levelFacts(index, level).merged;
  return declared
    .filter(({ field: { number, oneof } }) =>
      oneof === undefined ? !occurrences.has(String(number)) : turns.get(oneof.name)?.at(-1)?.number !== number,
    )
    .map(({ field: { name }, text }) => ({ name, text }));
}

function ruleOf({ isRequired, isImplicit, oneof }: WireField): string {
  if (isRequired) return "required: a message without it is not complete";
  if (isImplicit) return "implicit: its default is the same as unset, and not sent";
  return oneof === undefined
    ? "explicit: set to its default is not the same as unset"
    : `explicit: at most one member of ${oneof.name} is set`;
}

/** The default that the schema declares, proto2's `[default = 7]`; undefined where it declares none. */
function defaultText({ type, desc }: WireField): string | undefined {
  const text = desc?.proto.defaultValue ?? "";
  // Descriptors hold "" for a field without a default; one of "" reads the same.
  if (text === "") return undefined;
  if (type === "bytes") return `"${text}"`;
  return type === "string" ? JSON.stringify(text) : text;
}
