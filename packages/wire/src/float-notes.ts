/** What the decimal text of a float hides: the exact value in hex, sign and payload of a NaN, subnormals, minus zero. 4 or 8 bytes. */
export function floatNotes(bytes: Uint8Array, start: number, end: number): string[] {
  const isDouble = end - start === 8;
  if (!isDouble && end - start !== 4) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const bits = isDouble ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
  const [exponentBits, fractionBits] = isDouble ? [11n, 52n] : [8n, 23n];
  const sign = bits >> (exponentBits + fractionBits) === 1n ? "-" : "";
  const exponent = (bits >> fractionBits) & ((1n << exponentBits) - 1n);
  const fraction = bits & ((1n << fractionBits) - 1n);
  const top = (1n << exponentBits) - 1n;
  if (exponent === top && fraction !== 0n) {
    const isQuiet = fraction >> (fractionBits - 1n) === 1n;
    return [`${sign}${isQuiet ? "quiet" : "signalling"} NaN, payload 0x${(fraction & ((1n << (fractionBits - 1n)) - 1n)).toString(16)}`];
  }
  if (exponent === top) return [sign === "" ? "plus infinity" : "minus infinity"];
  if (exponent === 0n && fraction === 0n) return [`${sign}0x0p+0`, ...(sign === "" ? [] : ["minus zero"])];
  const power = Number(exponent) - Number(top >> 1n);
  const digits = Number((fractionBits + 3n) / 4n);
  const shift = BigInt(digits) * 4n - fractionBits;
  const mantissa = (fraction << shift).toString(16).padStart(digits, "0").replace(/0+$/, "");
  const lead = exponent === 0n ? "0" : "1";
  const shown = exponent === 0n ? power + 1 : power;
  return [
    `${sign}0x${lead}${mantissa === "" ? "" : `.${mantissa}`}p${shown < 0 ? "" : "+"}${shown}`,
    ...(exponent === 0n ? ["subnormal"] : []),
  ];
}
