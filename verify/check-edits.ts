import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { createDoc, edit, type WireIndex, type WireLevel, type WireRecord, type WireValue } from "@rpcdeck/wire";
import type { Random } from "./random.ts";

/** A message that is cut off: what an edit makes on purpose, and which may swallow what follows. */
const cutRecord = Uint8Array.of(8, 1, 0x80);
const values: readonly (WireValue | undefined)[] = [
  undefined,
  0,
  -1,
  1n << 63n,
  1.5,
  true,
  "",
  "Zoë",
  new Uint8Array(),
  Uint8Array.of(8, 1),
  cutRecord,
];

/**
 * What an edit promises of any bytes: it never throws, the document before it keeps its bytes (so that undo gives them back), and
 * setting the same twice changes nothing more. The first promise broken, in words.
 */
export function checkEdit(
  bytes: Uint8Array,
  type: DescMessage | undefined,
  { registry, random }: { registry: Registry | undefined; random: Random },
): string | undefined {
  const before = bytes.slice();
  const doc = createDoc(bytes, type, registry === undefined ? {} : { registry });
  const record = anyRecord(doc.index(), random);
  if (record === undefined) return undefined;
  const path = doc.index().pathOf(record);
  const value = random.pick(values);
  const edited = edit(doc, path, value);
  if (Buffer.compare(doc.bytes(), before) !== 0) return `the edit of ${path} changed the document before it`;
  if (!("doc" in edited)) return undefined;
  const after = edited.doc.bytes();
  if (after.length !== edited.doc.length) return `the edit of ${path} has ${after.length} bytes and says ${edited.doc.length}`;
  // The key of an entry is part of its path: set, it is found no more. And what was taken for a message by a guess may be a text now.
  if (value === undefined || value === cutRecord || record.level.table?.isMapEntry === true || isInGuess(doc.index(), record))
    return undefined;
  const again = edit(edited.doc, path, value);
  if (!("doc" in again)) return `${path} can be set once, and then: ${again.problem}`;
  return Buffer.compare(again.doc.bytes(), after) === 0 ? undefined : `${path} set to the same again gives other bytes`;
}

function isInGuess(index: WireIndex, record: WireRecord): boolean {
  for (let { parent } = record.level; parent !== undefined; { parent } = parent.level) if (index.guess(parent) !== undefined) return true;
  return false;
}

/** A record at a random depth. */
function anyRecord(index: WireIndex, random: Random): WireRecord | undefined {
  let level: WireLevel | undefined = index.root;
  let record: WireRecord | undefined;
  while (level !== undefined && level.count > 0) {
    record = index.record(level, random.below(level.count));
    level = record === undefined || random.oneIn(3) ? undefined : index.children(record);
  }
  return record;
}
