import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { parse, prepare, recordNotes, type WireIndex, type WireLevel } from "@rpcdeck/wire";

/** Records of so few bytes are prepared, so that small inputs have some. */
const fromBytes = 6;

/** What was prepared elsewhere and cloned changes nothing: the same records, paths, guesses and notes. The first difference, in words. */
export function checkPrepared(bytes: Uint8Array, type: DescMessage | undefined, registry: Registry | undefined): string | undefined {
  const options = registry === undefined ? {} : { registry };
  const plain = parse(bytes, type, options);
  const prepared = structuredClone(prepare(parse(bytes, type, options), fromBytes));
  const ready = parse(bytes, type, { ...options, prepared });
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
