import { ScalarType } from "@bufbuild/protobuf";
import { ClosedSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { FlavourSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type BytesNotation, parseBytes, printBytes } from "./bytes-text.ts";
import { parseDurationText, printDuration } from "./duration-text.ts";
import { aliasesOf, parseEnum, printEnum } from "./enum-text.ts";
import { parseFloating, parseInteger, printNumber } from "./number-text.ts";
import type { Parsed } from "./parsed.ts";
import { parseTimestampText, printTimestampText, type Zone } from "./time-text.ts";

function answer<Value>(result: Parsed<Value>): Value | string {
  return result.ok ? result.value : `${result.problem.position}: ${result.problem.message}`;
}

test("reads integers exactly and says what is wrong with others", () => {
  const check = (text: string, scalar: ScalarType, expected: number | bigint | string) =>
    expect([text, answer(parseInteger(text, scalar))]).toEqual([text, expected]);
  check("0", ScalarType.INT32, 0);
  check(" -12 ", ScalarType.SINT32, -12);
  check("+7", ScalarType.INT32, 7);
  check("1_000_000", ScalarType.INT32, 1_000_000);
  check("1,000", ScalarType.INT32, 1000);
  check("0xff", ScalarType.UINT32, 255);
  check("1e3", ScalarType.INT32, 1000);
  check("12.0", ScalarType.INT32, 12);
  check("9223372036854775807", ScalarType.INT64, 9223372036854775807n);
  check("18446744073709551615", ScalarType.FIXED64, 18446744073709551615n);
  check("9223372036854775808", ScalarType.INT64, "0: 9223372036854775808 is above 9223372036854775807, the most of int64");
  check("-1", ScalarType.UINT32, "0: -1 is below 0, the least of uint32");
  check("12.5", ScalarType.INT32, "0: 12.5 is not whole, as int32 needs");
  check(" 12a", ScalarType.INT32, "3: “a” is no digit, int32 needs a whole number");
  check("", ScalarType.INT32, "0: empty, int32 needs a whole number");
  check("1e999999999", ScalarType.INT64, "0: 1e999999999 is above 9223372036854775807, the most of int64");
});

test("reads floating-point numbers, words included, and prints the shortest text that reads back", () => {
  const check = (text: string, scalar: ScalarType, expected: number | string) =>
    expect(answer(parseFloating(text, scalar))).toEqual(expected);
  check("1.5", ScalarType.DOUBLE, 1.5);
  check("nan", ScalarType.FLOAT, Number.NaN);
  check("-inf", ScalarType.DOUBLE, Number.NEGATIVE_INFINITY);
  check("-0", ScalarType.DOUBLE, -0);
  check("1e40", ScalarType.FLOAT, "0: 1e40 is outside the range of float");
  check("x", ScalarType.DOUBLE, "0: “x” is no number; NaN, Infinity and -Infinity are");
  expect(printNumber(Math.fround(0.1), ScalarType.FLOAT)).toBe("0.1");
  expect(printNumber(-0, ScalarType.DOUBLE)).toBe("-0");
  fc.assert(
    fc.property(fc.float(), (value) => {
      expect(answer(parseFloating(printNumber(value, ScalarType.FLOAT), ScalarType.FLOAT))).toBe(value);
    }),
  );
});

test("reads enum values by name, alias and number, and knows open from closed", () => {
  expect(answer(parseEnum("FLAVOUR_SAVOURY", FlavourSchema))).toBe(1);
  expect(answer(parseEnum("-1", FlavourSchema))).toBe(-1);
  expect(answer(parseEnum("77", FlavourSchema))).toBe(77);
  expect(answer(parseEnum("77", ClosedSchema))).toBe("0: 77 is not in Closed, which is closed");
  expect(answer(parseEnum("FLAVOUR_SWET", FlavourSchema))).toBe("0: “FLAVOUR_SWET” is not in Flavour; did you mean FLAVOUR_SWEET");
  expect(printEnum(1, FlavourSchema)).toBe("FLAVOUR_SALTY");
  expect(printEnum(77, FlavourSchema)).toBe("77");
  expect(aliasesOf(1, FlavourSchema)).toEqual(["FLAVOUR_SAVOURY"]);
});

test("reads back bytes in every notation", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom<BytesNotation>("hex", "base64"), (bytes, notation) => {
      expect(answer(parseBytes(printBytes(bytes, notation) ?? "", notation))).toEqual(bytes);
    }),
  );
  expect(answer(parseBytes("0x0A:ff 1", "hex"))).toBe("8: an odd number of hex digits, each byte takes two");
  expect(answer(parseBytes("0g", "hex"))).toBe("1: “g” is no hex digit");
  expect(answer(parseBytes("_-8", "base64"))).toEqual(Uint8Array.of(0xff, 0xef));
  expect(answer(parseBytes("A", "base64"))).toBe("1: base64 ends in the middle of a byte");
  expect(answer(parseBytes("é", "text"))).toEqual(Uint8Array.of(0xc3, 0xa9));
  expect(printBytes(Uint8Array.of(0xff), "text")).toBeUndefined();
});

test("reads points in time with zone and nanoseconds and names the part that is wrong", () => {
  const utc: Zone = { kind: "utc" };
  const check = (text: string, zone: Zone, expected: unknown) =>
    expect([text, answer(parseTimestampText(text, zone))]).toEqual([text, expected]);
  check("2026-11-22 05:41:08.482", utc, { seconds: 1795326068n, nanos: 482_000_000 });
  check("2026-11-22T05:41:08.482000001Z", { kind: "offset", minutes: 90 }, { seconds: 1795326068n, nanos: 482_000_001 });
  check("2026-11-22 07:11:08", { kind: "offset", minutes: 90 }, { seconds: 1795326068n, nanos: 0 });
  check("2026-11-22 06:41:08+01:00", utc, { seconds: 1795326068n, nanos: 0 });
  check("0001-01-01", utc, { seconds: -62135596800n, nanos: 0 });
  check("1969-12-31 23:59:59.5", utc, { seconds: -1n, nanos: 500_000_000 });
  check("2026-02-29", utc, "0: day 29 is not between 1 and 28");
  check("2026-11-22 25:00", utc, "0: hour 25 is not between 0 and 23");
  check("22.11.2026", utc, "0: date is not year-month-day: “22.11.2026”");
  check("2026-11-22 5", utc, "0: time of day is not hour:minute:second: “5”");
  for (const zone of [utc, { kind: "local" }, { kind: "offset", minutes: -210 }] satisfies Zone[]) {
    fc.assert(
      fc.property(fc.bigInt({ min: 86_400n, max: 4_102_444_800n }), fc.nat({ max: 999_999_999 }), (seconds, nanos) => {
        expect(answer(parseTimestampText(printTimestampText({ seconds, nanos }, zone) ?? "", zone))).toEqual({ seconds, nanos });
      }),
    );
  }
  expect(printTimestampText({ seconds: 2n ** 62n, nanos: 0 }, { kind: "local" })).toBeUndefined();
});

test("reads lengths of time in units and prints them as ProtoJSON does", () => {
  const check = (text: string, expected: string) => {
    const result = parseDurationText(text);
    expect([text, result.ok ? printDuration(result.value) : result.problem.message]).toEqual([text, expected]);
  };
  check("1.5s", "1.500s");
  check("1h 30m", "5400s");
  check("-250ms", "-0.250s");
  check("3", "3s");
  check("1us", "0.000001s");
  check("1.0000000001s", "finer than a nanosecond");
  check("5 parsecs", "“parsecs” is no unit; d, h, m, s, ms, us and ns are");
  check("999999999999s", "999999999999 s is more than 315576000000 s, the longest Duration");
  expect(printDuration({ seconds: 1n, nanos: -1 })).toBeUndefined();
});
