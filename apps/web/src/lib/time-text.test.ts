import { describe, expect, it } from "vitest";
import { parseTime, printTime } from "./time-text.ts";

describe("time text", () => {
  it("reads what people write", () => {
    const check = (text: string, ms: number | undefined | "problem") => {
      const read = parseTime(text);
      expect(read.ok ? read.ms : "problem", text).toBe(ms);
    };
    check("15", 15_000);
    check("15 s", 15_000);
    check("1.5s", 1500);
    check("500 MS", 500);
    check("2 min", 120_000);
    check("2m", 120_000);
    check("1h", 3_600_000);
    check("", undefined);
    check("none", undefined);
    check("0", "problem");
    check("soon", "problem");
    check("-1 s", "problem");
  });

  it("names what is too long, and the limit", () => {
    expect(parseTime("61 s", 60_000)).toEqual({ ok: false, problem: '"61 s" is too long: the most is 1 min' });
    expect(parseTime("1 min", 60_000)).toEqual({ ok: true, ms: 60_000 });
  });

  it("prints what it reads", () => {
    for (const ms of [1, 999, 1000, 1500, 60_000, 90_000, 3_600_000, undefined]) {
      const read = parseTime(printTime(ms));
      expect(read.ok && read.ms).toBe(ms);
    }
  });
});
