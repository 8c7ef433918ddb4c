import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { expect, test } from "vitest";
import { compareCanonical } from "./canonical.ts";
import { describeFinding, hexOffset, offsetDigits } from "./diagnostic.ts";
import { recordNotes } from "./level-notes.ts";
import { parse } from "./parse.ts";
import { readings } from "./readings.ts";

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** Everything that is said of a message which stands `origin` bytes behind the start of what is shown. */
function wordsOf(hex: string, origin: number): string[] {
  const index = parse(bytesOf(hex), PersonSchema, { origin });
  const words = index.validation().findings.map((finding) => describeFinding(finding, index.origin));
  for (let at = 0; at < index.root.count; at++) {
    const record = index.record(index.root, at)!;
    words.push(...recordNotes(index, record).map(({ text }) => text));
    words.push(...readings(index, record).map(({ why }) => why));
  }
  const compared = compareCanonical(index.bytes, PersonSchema, { origin });
  if (compared.kind === "compared") words.push(...compared.differences.map(({ text }) => text));
  return words;
}

for (const [hex, plain, framed] of [
  ["0a 01 61 0a 01 62", "overwritten by 0x03: the last one wins", "overwritten by 0x08: the last one wins"],
  ["2a 02 08 01 2a 02 10 02", "one of 2 that are merged: 0x00–0x03, 0x04–0x07", "one of 2 that are merged: 0x05–0x08, 0x09–0x0c"],
  ["2a 02 08 01 2a 02 10 02", "comes from 0x06: messages are merged", "comes from 0x0b: messages are merged"],
  ["2a 02 08 01 2a 02 10 02", "merged into 0x00", "merged into 0x05"],
  ["0a 02 61 ff", "as declared · not UTF-8 at 0x03", "as declared · not UTF-8 at 0x08"],
  ["42 03 0a 01 61 42 03 0a 01 61", "overwritten by 0x05: same key", "overwritten by 0x0a: same key"],
  [
    "22 04 0a 09 31 39 10 01",
    "at 0x03: expected at most 2 bytes left in this message, found a length of 9, past the end of the input",
    "at 0x08: expected at most 2 bytes left in this message, found a length of 9, past the end of the input",
  ],
  [
    "22 04 0a 03 31 39 10 01",
    "at 0x03: expected at most 2 bytes left in this message, found a length of 3, past the end of the message, which ends at 0x06",
    "at 0x08: expected at most 2 bytes left in this message, found a length of 3, past the end of the message, which ends at 0x0b",
  ],
] as const) {
  test(`counts offsets in words from where the message is shown: ${plain}`, () => {
    expect(wordsOf(hex, 0)).toContain(plain);
    expect(wordsOf(hex, 5)).toContain(framed);
    expect(wordsOf(hex, 5)).not.toContain(plain);
  });
}

test("writes an offset in words and in columns with the same digits", () => {
  for (const [offset, digits, words] of [
    [0, "00", "0x00"],
    [0x1f, "1f", "0x1f"],
    [0x7fff_ffff, "7fffffff", "0x7fffffff"],
  ] as const) {
    expect([offsetDigits(offset), hexOffset(offset)]).toEqual([digits, words]);
  }
  expect(offsetDigits(16, 4)).toBe("0010");
});
