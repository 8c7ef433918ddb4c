import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { fieldPathOf, parse, prepare, recordNotes, wireTypes, type ReadAs, type WireIndex, type WireLevel } from "@rpcdeck/wire";

/** Records of so few bytes are prepared, so that small inputs have some. */
const fromBytes = 6;

/** What was prepared elsewhere and cloned changes nothing: the same records, paths, guesses and notes. The first difference, in words. */
export function checkPrepared(bytes: Uint8Array, type: DescMessage | undefined, registry: Registry | undefined): string | undefined {
  const options = registry === undefined ? {} : { registry };
  const plain = parse(bytes, type, options);
  const prepared = structuredClone(prepare(parse(bytes, type, options), fromBytes));
  return difference(plain, parse(bytes, type, { ...options, prepared })) ?? checkChosen();

  /** The same with a reading that the user has chosen: the first value that can be one, as bytes. */
  function checkChosen(): string | undefined {
    const at = plain.root.tags.findIndex((tag) => (tag & 7) === wireTypes.len);
    const record = plain.record(plain.root, at);
    if (record === undefined) return undefined;
    const readAs = new Map<string, ReadAs>([[fieldPathOf(record), "bytes"]]);
    return difference(parse(bytes, type, { ...options, readAs }), parse(bytes, type, { ...options, readAs, prepared }));
  }
}

function difference(plain: WireIndex, ready: WireIndex): string | undefined {
  const [wanted, got]: [string[], string[]] = [[], []];
  describe(plain, plain.root, wanted);
  describe(ready, ready.root, got);
  const at = wanted.findIndex((line, position) => line !== got[position]);
  if (at >= 0 || wanted.length !== got.length) return `prepared: ${got[at]} instead of ${wanted[at]}`;
  return undefined;
}

function describe(index: WireIndex, level: WireLevel, lines: string[]): void {
  for (let at = 0; at < level.count; at++) {
    const record = index.record(level, at);
    if (record === undefined) continue;
    const notes = recordNotes(index, record).map(({ text }) => text);
    lines.push(
      `${record.start}-${record.valueStart}-${record.end} ${index.pathOf(record)} ${index.guess(record)?.chosen} ${notes.join("; ")}`,
    );
    const inside = index.children(record);
    if (inside !== undefined) describe(index, inside, lines);
  }
}
