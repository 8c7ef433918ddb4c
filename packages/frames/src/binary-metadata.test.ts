import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBinaryName, parseBinaryMetadata, toBase64 } from "./index.ts";

/** Each value as hex, or why it is none. */
function read(value: string): string[] {
  return parseBinaryMetadata(value).map((one) => (one.kind === "bytes" ? Buffer.from(one.bytes).toString("hex") : one.reason));
}

describe("-bin metadata", () => {
  it("is told by the name", () => {
    expect(["trace-bin", "-bin", "trace", "bin", "trace-bin-x"].map(isBinaryName)).toEqual([true, true, false, false, false]);
  });

  it.each([
    ["", [""]],
    ["AQI=", ["0102"]],
    ["AQI", ["0102"]],
    ["AQ==", ["01"]],
    ["AQ=", ["01"]],
    ["+/8,-_8=", ["fbff", "fbff"]],
    ["AQI,AQ==, AQID ,", ["0102", "01", "010203", ""]],
    ["AQ!I", ["“!” at character 3 is not of its alphabet"]],
    ["AQ I", ["“ ” at character 3 is not of its alphabet"]],
    ["AQ\u{1f600}", ["“\u{1f600}” at character 3 is not of its alphabet"]],
    ["AQIDB", ["its 5 characters end inside a byte"]],
    ["AQ==AQ==", ["more follows the padding at character 3"]],
    ["AQID=", ["it ends with 1 “=”, where none can be"]],
    ["AQI==", ["it ends with 2 “=”, where at most 1 can be"]],
    ["=", ["it ends with 1 “=”, where none can be"]],
    ["AQI,?,AQ", ["0102", "“?” at character 1 is not of its alphabet", "01"]],
  ])("reads %j", (value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  it("gives back what was written, joined and padded or not", () => {
    const written = fc.array(fc.tuple(fc.uint8Array(), fc.boolean()), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(written, fc.constantFrom(",", ", "), (values, comma) => {
        const text = values.map(([bytes, padded]) => (padded ? Buffer.from(bytes).toString("base64") : toBase64(bytes))).join(comma);
        expect(read(text)).toEqual(values.map(([bytes]) => Buffer.from(bytes).toString("hex")));
      }),
    );
  });

  it("has a reason for every text that it does not read", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("A", "b", "=", "/", ",") })), (text) => {
        for (const value of parseBinaryMetadata(text)) if (value.kind === "broken") expect(value.reason).not.toBe("it cannot be read");
      }),
    );
  });
});
