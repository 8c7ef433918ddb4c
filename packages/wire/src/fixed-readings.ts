import { floatNotes } from "./float-notes.ts";
import { scalarText, scalarValue } from "./scalar-text.ts";
import type { Candidate } from "./value-reading.ts";
import { epochText } from "./varint-readings.ts";

/** Characters of a float that people would write. */
const maxShortFloat = 6;

/** Every reading of 4 or 8 bytes, the unsigned number first, then what the value suggests. Floats with their exact value and oddities. */
export function fixedReadings(bytes: Uint8Array, start: number, end: number): Candidate[] {
  const [unsigned, signed, floating] =
    end - start === 8 ? (["fixed64", "sfixed64", "double"] as const) : (["fixed32", "sfixed32", "float"] as const);
  const number = (as: typeof unsigned | typeof signed, why: string): Candidate => ({
    as,
    readAs: as,
    text: scalarText(bytes, start, end, { type: as }),
    tone: "number",
    why,
  });
  const value = Number(scalarValue(bytes, start, end, floating));
  const isPlausible = value !== 0 && Math.abs(value) > 1e-6 && Math.abs(value) < 1e12;
  const float: Candidate = {
    as: floating,
    readAs: floating,
    text: scalarText(bytes, start, end, { type: floating }),
    tone: "number",
    why: floatNotes(bytes, start, end).join(" · "),
  };
  const time = epochText(BigInt(scalarValue(bytes, start, end, unsigned) ?? 0));
  const moment: Candidate[] = time === undefined ? [] : [{ as: "time", text: time.text, tone: "quiet", why: `${time.unit} since 1970` }];
  // A number that people write has few digits; one that a moment happens to look like has many.
  const isShort = isPlausible && float.text.length <= maxShortFloat;
  return [
    number(unsigned, ""),
    ...(isShort ? [float] : []),
    ...moment,
    ...(isPlausible && !isShort ? [float] : []),
    number(signed, ""),
    ...(isPlausible ? [] : [float]),
  ];
}
