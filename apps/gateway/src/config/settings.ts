import { nearest } from "@rpcdeck/schema";
import { allFlags, environmentName, type FlagSpec } from "./flags.ts";

/** A value of a setting with where it stands, for messages such as `--listen: ...`. */
export interface Setting {
  readonly value: unknown;
  readonly origin: string;
}

/** All settings that were given, by name; lists as one entry per value. Of several places the strongest one only. */
export type Settings = ReadonlyMap<string, readonly Setting[]>;

/** Settings, and everything that is wrong with the way they were given. */
export interface ReadSettings {
  readonly settings: Settings;
  readonly problems: readonly string[];
}

/** Settings of a command line: `--name value`, `--name=value`, `--switch`. */
export function settingsFromArguments(argv: readonly string[]): ReadSettings {
  const found = new Map<string, Setting[]>();
  const problems: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const text = argv[at] ?? "";
    if (!text.startsWith("--")) {
      problems.push(text === "-h" ? "write --help" : `${JSON.stringify(text)}: flags begin with --, there are no other arguments`);
      continue;
    }
    const equals = text.indexOf("=");
    const name = text.slice(2, equals === -1 ? undefined : equals);
    const spec = specOf(name);
    if (spec === undefined) {
      problems.push(`--${name}: there is no such flag${suggestion(name)}`);
      // What follows is probably its value.
      if (equals === -1 && argv[at + 1]?.startsWith("--") === false) at++;
      continue;
    }
    let value: unknown = true;
    if (spec.kind === "switch") {
      if (equals !== -1) problems.push(`--${name} takes no value`);
    } else if (equals !== -1) value = text.slice(equals + 1);
    else if (argv[at + 1] === undefined || argv[at + 1]?.startsWith("--") === true) {
      problems.push(`--${name} needs a value: ${spec.value}`);
      continue;
    } else value = argv[++at];
    add(found, spec, { value, origin: `--${name}` }, problems);
  }
  return { settings: found, problems };
}

/** Settings of the environment. Lists are separated by white space. */
export function settingsFromEnvironment(env: Readonly<Record<string, string | undefined>>): ReadSettings {
  const found = new Map<string, Setting[]>();
  const problems: string[] = [];
  for (const spec of allFlags) {
    if (spec.isCommand === true) continue;
    const origin = environmentName(spec.name);
    const text = env[origin];
    if (text === undefined || text === "") continue;
    if (spec.kind === "switch") {
      if (text !== "0" && text !== "1") problems.push(`${origin}: ${JSON.stringify(text)} is neither 0 nor 1`);
      else if (text === "1") add(found, spec, { value: true, origin }, problems);
    } else {
      const values = spec.kind === "list" ? text.split(/\s+/u).filter((each) => each !== "") : [text];
      for (const value of values) add(found, spec, { value, origin }, problems);
    }
  }
  return { settings: found, problems };
}

/** Settings of a configuration file. `text` is its content. */
export function settingsFromFile(path: string, text: string): ReadSettings {
  const found = new Map<string, Setting[]>();
  const problems: string[] = [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return { settings: found, problems: [`${path}: ${error instanceof Error ? error.message : String(error)}`] };
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return { settings: found, problems: [`${path}: write a JSON object of settings`] };
  }
  for (const [name, value] of Object.entries(parsed)) {
    const origin = `${path}: ${name}`;
    const spec = specOf(name);
    if (spec === undefined || spec.isCommand === true || name === "config") {
      problems.push(`${origin}: there is no such setting${suggestion(name)}`);
    } else if (spec.kind === "switch") {
      if (typeof value !== "boolean") problems.push(`${origin}: write true or false`);
      else if (value) add(found, spec, { value, origin }, problems);
    } else {
      const values: readonly unknown[] = spec.kind === "list" && Array.isArray(value) ? value : [value];
      for (const each of values) add(found, spec, { value: each, origin }, problems);
    }
  }
  return { settings: found, problems };
}

/** The settings of several places, the strongest first: a setting is taken whole from the first place that has it. */
export function strongest(...places: readonly Settings[]): Settings {
  const joined = new Map<string, readonly Setting[]>();
  for (const place of places.toReversed()) for (const [name, values] of place) joined.set(name, values);
  return joined;
}

function add(found: Map<string, Setting[]>, spec: FlagSpec, setting: Setting, problems: string[]): void {
  const before = found.get(spec.name);
  if (before === undefined) found.set(spec.name, [setting]);
  else if (spec.kind === "list") before.push(setting);
  else if (spec.kind === "value") problems.push(`${setting.origin} is given twice`);
}

function specOf(name: string): FlagSpec | undefined {
  return allFlags.find((spec) => spec.name === name);
}

function suggestion(name: string): string {
  const near = nearest(
    name,
    allFlags.map((spec) => spec.name),
  );
  return near === undefined ? "" : `; did you mean ${near}?`;
}
