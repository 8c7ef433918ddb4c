import type { DescEnum } from "@bufbuild/protobuf";
import { nearest } from "./nearest.ts";
import { parsed, type Parsed, refused } from "./parsed.ts";

/** Reads an enum value: a name (aliases too), or a number; a number the enum does not name is accepted where the enum is open. */
export function parseEnum(text: string, desc: DescEnum): Parsed<number> {
  const trimmed = text.trim();
  const named = desc.values.find((value) => value.name === trimmed || value.jsonName === trimmed);
  if (named !== undefined) return parsed(named.number);
  if (/^[+-]?\d+$/.test(trimmed)) {
    const number = Number(trimmed);
    if (number < -(2 ** 31) || number > 2 ** 31 - 1) return refused(`${trimmed} is outside the 32 bits of an enum`, 0);
    if (!desc.open && desc.value[number] === undefined) return refused(`${trimmed} is not in ${desc.name}, which is closed`, 0);
    return parsed(number);
  }
  const close = nearest(
    trimmed,
    desc.values.map((value) => value.name),
  );
  return refused(`“${trimmed}” is not in ${desc.name}${close === undefined ? "" : `; did you mean ${close}`}`, 0);
}

/** The name of an enum value, or its number where it has none. Of several names the first declared. */
export function printEnum(number: number, desc: DescEnum): string {
  return desc.value[number]?.name ?? String(number);
}

/** Other names of the same number, without the first. */
export function aliasesOf(number: number, desc: DescEnum): readonly string[] {
  return desc.values
    .filter((value) => value.number === number)
    .slice(1)
    .map((value) => value.name);
}
