import { entryKey } from "./entry-key.ts";
import { ordinalsOf } from "./ordinals.ts";
import { joinPath, parsePath, stepText, type PathStep } from "./path-text.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** Paths of the records of one index, and back. */
export interface Paths {
  pathOf(record: WireRecord): string;
  find(path: string): WireRecord | undefined;
}

/** Records whose path was told last are found again without a search: what a user clicks on is looked up by its path right after. */
const maxRecent = 32;

/** Paths of `index`. */
export function createPaths(index: Pick<WireIndex, "bytes" | "root" | "record" | "children" | "choice">): Paths {
  const recent = new Map<string, WireRecord>();
  return {
    pathOf(record) {
      const path = pathOf(record);
      recent.delete(path);
      recent.set(path, record);
      const [oldest] = recent.keys();
      if (recent.size > maxRecent && oldest !== undefined) recent.delete(oldest);
      return path;
    },
    find(path) {
      const record = recent.get(path);
      return record !== undefined && isCurrent(record) ? record : find(path);
    },
  };

  /** False for a record of a level that the index has let go of since. */
  function isCurrent({ level }: WireRecord): boolean {
    const { parent } = level;
    return parent === undefined ? level === index.root : index.children(parent) === level && isCurrent(parent);
  }

  function pathOf(record: WireRecord): string {
    const steps: string[] = [];
    let current: WireRecord | undefined = record;
    while (current !== undefined) {
      const { level } = current;
      // `m["k"].name` for what is in the value of an entry, unless a reader of the path would take it for something else of the entry.
      const below = steps.at(-1);
      const isEntryValue: boolean =
        below !== undefined &&
        !below.startsWith("#") &&
        level.table?.isMapEntry === true &&
        current.number === 2 &&
        entryValue(index, level)?.at === current.at;
      if (level.kind !== "message") {
        const run = level.parent as WireRecord;
        if (level.kind === "stream" || run.field?.isPackable !== true) {
          steps.push(`[${current.at}]`);
          current = run;
          continue;
        }
        const base = ordinalsOf(index, run.level)[run.at] as number;
        steps.push(stepText({ field: run.field.name, element: String(base + current.at), occurrence: 1 }));
        current = run;
      } else if (!isEntryValue) steps.push(stepText(stepOf(current)));
      current = current.level.parent;
    }
    return steps.reduceRight((prefix, step) => joinPath(prefix, step), "");
  }

  function stepOf(record: WireRecord): PathStep {
    const { level, field, at } = record;
    const ordinal = ordinalsOf(index, level)[at] as number;
    if (field === undefined || level.table?.isMapEntry === true)
      return { field: record.number, element: undefined, occurrence: ordinal + 1 };
    if (field.shape === "map") return { field: field.name, element: entryKey(index, record), occurrence: ordinal + 1 };
    if (field.shape === "singular") return { field: field.name, element: undefined, occurrence: ordinal + 1 };
    if (field.isPackable && record.wireType === wireTypes.len)
      return { field: field.name, element: undefined, occurrence: runNumber(record) };
    return { field: field.name, element: String(ordinal), occurrence: 1 };
  }

  function runNumber({ level, at }: WireRecord): number {
    const tag = level.tags[at];
    let runs = 1;
    for (let before = 0; before < at; before++) if (level.tags[before] === tag) runs++;
    return runs;
  }

  function find(path: string): WireRecord | undefined {
    const parsed = parsePath(path);
    if (!("steps" in parsed)) return undefined;
    let level: WireLevel | undefined = index.root;
    let record: WireRecord | undefined;
    for (const step of parsed.steps) {
      if (record !== undefined) {
        level = index.children(record);
        if (level?.table?.isMapEntry === true && typeof step.field === "string") {
          const value: WireRecord | undefined = entryValue(index, level);
          level = value === undefined ? undefined : index.children(value);
        }
      }
      if (level === undefined) return undefined;
      if (step.field === "") record = level.kind === "message" ? undefined : index.record(level, Number(step.element));
      else record = level.kind === "message" ? findStep(level, step) : undefined;
      if (record === undefined) return undefined;
    }
    return record;
  }

  function findStep(level: WireLevel, step: PathStep): WireRecord | undefined {
    const isNumber = typeof step.field === "number";
    const number = typeof step.field === "number" ? step.field : level.table?.byName(step.field)?.number;
    if (number === undefined) return undefined;
    const wanted = step.element === undefined || isNumber ? undefined : Number(step.element);
    const isMapEntry = level.table?.isMapEntry === true;
    const declared = isMapEntry ? undefined : level.table?.byNumber(number);
    // Where the ordinal alone decides, records are made of those only that have it: a level may hold millions.
    const ordinalWanted =
      isNumber || declared === undefined || declared.shape === "singular"
        ? step.occurrence - 1
        : declared.shape === "list" && !declared.isPackable
          ? wanted
          : undefined;
    let counted: Uint32Array | undefined;
    let runs = 0;
    let firstElement: WireRecord | undefined;
    // A record has at least as many before it as its ordinal says.
    for (let at = Math.max(0, ordinalWanted ?? 0); at < level.count; at++) {
      if ((level.tags[at] as number) >>> 3 !== number) continue;
      counted ??= ordinalsOf(index, level);
      const ordinal = counted[at] as number;
      if (ordinalWanted !== undefined && ordinal !== ordinalWanted) continue;
      const record = index.record(level, at) as WireRecord;
      const { field } = record;
      const isNamed = field !== undefined && !isMapEntry;
      if (isNamed === isNumber) continue;
      if (field === undefined || !isNamed || field.shape === "singular") {
        if (ordinal + 1 !== step.occurrence) continue;
        if (step.element === undefined) return record;
        const inside = index.children(record);
        return inside === undefined || inside.kind === "message" ? undefined : index.record(inside, Number(step.element));
      }
      if (field.shape === "map") {
        if (step.element === undefined) {
          if (++runs === step.occurrence) return record;
        } else if (entryKey(index, record) === step.element && ordinal + 1 === step.occurrence) return record;
        continue;
      }
      const isRun = field.isPackable && record.wireType === wireTypes.len;
      if (wanted === undefined) {
        if (!isRun) firstElement ??= record;
        else if (++runs === step.occurrence) return record;
      } else if (step.occurrence > 1) {
        return undefined;
      } else if (!isRun) {
        if (ordinal === wanted) return record;
      } else {
        const elements = index.children(record);
        if (elements?.kind === "packed" && wanted >= ordinal && wanted < ordinal + elements.count)
          return index.record(elements, wanted - ordinal);
      }
    }
    return step.occurrence === 1 ? firstElement : undefined;
  }
}

/** The value of a map entry: the last that has the declared wire type. Values before it are merged into it, or overwritten. */
export function entryValue(index: Pick<WireIndex, "record">, entry: WireLevel): WireRecord | undefined {
  for (let at = entry.count - 1; at >= 0; at--) {
    if ((entry.tags[at] as number) >>> 3 !== 2) continue;
    const record = index.record(entry, at);
    if (record?.field !== undefined) return record;
  }
  return undefined;
}
