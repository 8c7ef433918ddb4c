import { recognisePaste } from "@rpcdeck/wire";

/**
 * What the recognition of pasted text promises: bytes written as hex, as a hex dump, as octal escapes or as base64 are among the readings, hex
 * before all others; any text at all is read, and never throws. The first promise broken, in words.
 */
export function checkPastes(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes);
  const [last] = recognisePaste(buffer.toString("latin1")).toReversed();
  if (last?.format !== "text") return `random text ends with the reading ${last?.format}`;
  if (bytes.length === 0) return undefined;
  const octal = Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const notations = {
    hex: buffer.toString("hex"),
    "hex-dump": dump(bytes),
    escapes: octal,
    base64: buffer.toString("base64"),
  };
  for (const [format, text] of Object.entries(notations)) {
    const reading = recognisePaste(text).find((candidate) => candidate.format === format);
    if (reading === undefined) return `${text} is not read as ${format}`;
    if (Buffer.compare(reading.bytes, bytes) !== 0) return `${text} as ${format} is ${Buffer.from(reading.bytes).toString("hex")}`;
  }
  const [first] = recognisePaste(Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" "));
  return first?.format === "hex" || first?.format === "hex-dump" ? undefined : `spaced hex is taken for ${first?.format}`;
}

function dump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = Array.from(bytes.subarray(at, at + 16));
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(48)} |${text}|`);
  }
  return lines.join("\n");
}
