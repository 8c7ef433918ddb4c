import { parseText, type ParseText } from "./values.ts";
import type { Settings } from "./settings.ts";

/** Reads a file as text; throws when it cannot. */
export type ReadFile = (path: string) => string;

/** What settings are checked against; problems are collected. */
export interface Checking {
  readonly settings: Settings;
  readonly problems: string[];
  readonly readFile: ReadFile;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The value of a setting that can be given once. */
export function one<Value>(checking: Checking, name: string, parse: ParseText<Value>): Value | undefined {
  return list(checking, name, parse)[0];
}

/** All values of a setting that parse; the others become problems. */
export function list<Value>({ settings, problems }: Checking, name: string, parse: ParseText<Value>): Value[] {
  const values: Value[] = [];
  for (const { value, origin } of settings.get(name) ?? []) {
    if (typeof value !== "string" && typeof value !== "number") {
      problems.push(`${origin}: write text`);
      continue;
    }
    const parsed = parse(String(value));
    if ("problem" in parsed) problems.push(`${origin}: ${parsed.problem}`);
    else values.push(parsed.value);
  }
  return values;
}

/** The content of a file that a setting names. */
export function textOf(checking: Checking, name: string): string | undefined {
  const path = one(checking, name, parseText);
  return path === undefined ? undefined : read(checking, `--${name}`, path);
}

/** The content of a file; a problem when it cannot be read. */
export function read({ problems, readFile }: Checking, origin: string, path: string): string | undefined {
  try {
    return readFile(path);
  } catch (error) {
    problems.push(`${origin} ${path}: ${reasonOf(error)}`);
    return undefined;
  }
}

/** An error in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
