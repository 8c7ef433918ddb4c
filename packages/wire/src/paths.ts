import { joinPath, parsePath, quoteKey, stepText, type PathStep } from "./path-text.ts";
import { scalarText } from "./scalar-text.ts";
import { packedTypeOf } from "./read-as.ts";
import { countPacked } from "./scan-packed.ts";
import { textFrom } from "./utf8.ts";
import type { WireField } from "./message-table.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** Paths of the records of one index, and back. */
export interface Paths {
  pathOf(record: WireRecord): string;
  find(path: string): WireRecord | undefined;
}

/** Paths of `index`. The ordinals of a level are counted once, when first needed. */
export function createPaths(index: Pick<WireIndex, "bytes" | "root" | "record" | "children" | "choice">): Paths {
  const { bytes } = index;
  const ordinals = new WeakMap<WireLevel, Uint32Array>();
  return { pathOf, find };

  /**
   * By position: the index of a list element (of the first element for a packed run), else the number of earlier occurrences. For map
   * entries, of the same key.
   */
  function ordinalsOf(level: WireLevel): Uint32Array {
    const known = ordinals.get(level);
    if (known !== undefined) return known;
    const counted = new Uint32Array(level.count);
    const next = new Map<number | string, number>();
    for (let at = 0; at < level.count; at++) {
      const record = index.record(level, at) as WireRecord;
      // The parts of a map entry are told by number, whether they have the declared wire type or not.
      const field = level.table?.isMapEntry === true ? undefined : record.field;
      const key = field === undefined ? -1 - record.number : field.shape === "map" ? `${field.number}:${keyOf(record)}` : field.number;
      const ordinal = next.get(key) ?? 0;
      counted[at] = ordinal;
      const isRun = field?.isPackable === true && record.wireType === wireTypes.len;
      next.set(key, ordinal + (isRun ? elementCount(record, field) : 1));
    }
    ordinals.set(level, counted);
    return counted;
  }

  function elementCount(run: WireRecord, field: WireField): number {
    const chosen = index.choice(run);
    const type = (chosen === undefined ? undefined : packedTypeOf(chosen)) ?? field.type;
    return countPacked(bytes, run.valueStart, run.end, { type });
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
        const base = ordinalsOf(run.level)[run.at] as number;
        steps.push(stepText({ field: run.field.name, element: String(base + current.at), occurrence: 1 }));
        current = run;
      } else if (!isEntryValue) steps.push(stepText(stepOf(current)));
      current = current.level.parent;
    }
    return steps.reduceRight((prefix, step) => joinPath(prefix, step), "");
  }

  function stepOf(record: WireRecord): PathStep {
    const { level, field, at } = record;
    const ordinal = ordinalsOf(level)[at] as number;
    if (field === undefined || level.table?.isMapEntry === true)
      return { field: record.number, element: undefined, occurrence: ordinal + 1 };
    if (field.shape === "map") return { field: field.name, element: keyOf(record), occurrence: ordinal + 1 };
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

  /** Key of a map entry as a path writes it; the default where the entry has none. */
  function keyOf(entry: WireRecord): string {
    const field = entry.field?.message?.().byNumber(1);
    const level = index.children(entry);
    if (field === undefined) return '""';
    for (let at = (level?.count ?? 0) - 1; level !== undefined && at >= 0; at--) {
      const record = index.record(level, at);
      if (record?.number !== 1 || record.field === undefined || record.isMalformed) continue;
      return field.type === "string"
        ? quoteKey(textFrom(bytes, record.valueStart, record.end))
        : scalarText(bytes, record.valueStart, record.end, field);
    }
    return field.type === "string" ? '""' : field.type === "bool" ? "false" : "0";
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
    let counted: Uint32Array | undefined;
    let runs = 0;
    let firstElement: WireRecord | undefined;
    for (let at = 0; at < level.count; at++) {
      if ((level.tags[at] as number) >>> 3 !== number) continue;
      const record = index.record(level, at) as WireRecord;
      const { field } = record;
      const isNamed = field !== undefined && level.table?.isMapEntry !== true;
      if (isNamed === isNumber) continue;
      counted ??= ordinalsOf(level);
      const ordinal = counted[at] as number;
      if (field === undefined || !isNamed || field.shape === "singular") {
        if (ordinal + 1 !== step.occurrence) continue;
        if (step.element === undefined) return record;
        const inside = index.children(record);
        return inside === undefined || inside.kind === "message" ? undefined : index.record(inside, Number(step.element));
      }
      if (field.shape === "map") {
        if (step.element === undefined) {
          if (++runs === step.occurrence) return record;
        } else if (keyOf(record) === step.element && ordinal + 1 === step.occurrence) return record;
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
