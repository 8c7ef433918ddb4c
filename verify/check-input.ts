import type { DescMessage, Registry } from "@bufbuild/protobuf";
import {
  fromProtoscope,
  parse,
  readings,
  recordNotes,
  sizeBreakdown,
  toProtoscope,
  valueText,
  type WireIndex,
  type WireLevel,
} from "@rpcdeck/wire";

/**
 * What the byte views promise of any input: spans and parts tile it, nothing throws, every offset and path leads back to its record, and
 * Protoscope text assembles to the same bytes. The first promise that is broken, in words; undefined when all hold.
 */
export function checkInput(bytes: Uint8Array, type: DescMessage | undefined, registry: Registry | undefined): string | undefined {
  try {
    const index = parse(bytes, type, registry === undefined ? {} : { registry });
    return checkLevel(index, index.root, 0, bytes.length) ?? checkParts(index) ?? checkVerdict(index) ?? checkText(index);
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** Everything that shows a record, on every record: slower by far than {@link checkInput}. */
export function checkViews(bytes: Uint8Array, type: DescMessage | undefined, registry: Registry | undefined): string | undefined {
  try {
    const index = parse(bytes, type, registry === undefined ? {} : { registry });
    const accounted = sizeBreakdown(index).reduce((sum, entry) => sum + entry.tagBytes + entry.lengthBytes + entry.valueBytes, 0);
    if (accounted !== bytes.length) return `the breakdown accounts for ${accounted} of ${bytes.length} bytes`;
    for (const { path, offset } of index.diagnostics()) {
      if (offset < 0 || (offset >= bytes.length && bytes.length > 0)) return `a finding at ${offset} of ${bytes.length} (${path})`;
    }
    return checkRecords(index, index.root, parse(bytes, type, registry === undefined ? {} : { registry }));
  } catch (error) {
    return `threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** `other` is a second index of the same bytes: what it finds, it finds by the path alone. */
function checkRecords(index: WireIndex, level: WireLevel, other: WireIndex): string | undefined {
  for (let at = 0; at < level.count; at++) {
    const record = index.record(level, at);
    if (record === undefined) return `no record ${at} of ${level.count}`;
    const path = index.pathOf(record);
    const found = other.find(path);
    if (index.find(path)?.start !== record.start) return `${path} at ${record.start} is found at ${index.find(path)?.start}`;
    if (found?.start !== record.start || found.end !== record.end) return `${path} at ${record.start} is found at ${found?.start}`;
    valueText(index, record);
    recordNotes(index, record);
    if (readings(index, record).filter(({ isChosen }) => isChosen).length > 1) return `${path} has several chosen readings`;
    const inside = index.children(record);
    const problem = inside === undefined ? undefined : checkRecords(index, inside, other);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkLevel(index: WireIndex, level: WireLevel, start: number, end: number): string | undefined {
  let next = start;
  for (let at = 0; at < level.count; at++) {
    const record = index.record(level, at);
    if (record === undefined) return `no record ${at} of ${level.count}`;
    if (record.start !== next || record.end <= next || record.valueStart < next || record.valueStart > record.end)
      return `record ${record.start}-${record.end} with its value at ${record.valueStart} follows ${next}`;
    next = record.end;
    const inside = index.children(record);
    if (inside === undefined) continue;
    if (inside.start !== record.valueStart || inside.end > record.end)
      return `content ${inside.start}-${inside.end} of record ${record.start}`;
    const problem = checkLevel(index, inside, inside.start, inside.end);
    if (problem !== undefined) return problem;
  }
  return next === end ? undefined : `the level from ${start} ends at ${next}, not at ${end}`;
}

function checkParts(index: WireIndex): string | undefined {
  for (let at = 0; at < index.bytes.length;) {
    const part = index.partAt(at);
    if (part === undefined || part.start !== at || part.end <= at) return `part ${part?.role} ${part?.start}-${part?.end} at ${at}`;
    at = part.end;
  }
  return undefined;
}

/** A fault of the top level is an error of the whole. */
function checkVerdict(index: WireIndex): string | undefined {
  const { isValid, findingCount, findings } = index.validation();
  if (index.root.fault !== undefined && isValid) return `valid with a fault at ${index.root.fault.offset}`;
  if (isValid !== !findings.some(({ severity }) => severity === "error") && findingCount === findings.length)
    return `verdict ${isValid} against its findings`;
  return undefined;
}

function checkText(index: WireIndex): string | undefined {
  const text = toProtoscope(index);
  const back = fromProtoscope(text);
  if (!("bytes" in back)) return `Protoscope text ${back.line}:${back.column}: ${back.problem}\n${text}`;
  return isSame(back.bytes, index.bytes) ? undefined : `Protoscope text comes back as ${Buffer.from(back.bytes).toString("hex")}\n${text}`;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
