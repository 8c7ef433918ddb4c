import { beforeEach, expect, test } from "vitest";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import {
  createInstanceHealthBook,
  defaultEjectionLimits,
  firstDemotionMs,
  type InstanceHealthBook,
  maxDemotionMs,
  maxEjectMs,
} from "./instance-health.ts";

let clock: FakeClock;
let book: InstanceHealthBook;
let peers: string[];

beforeEach(() => {
  clock = createFakeClock();
  book = createInstanceHealthBook(clock);
  peers = ["a", "b", "c"];
});

const { ejectAfter, ejectMs } = defaultEjectionLimits;
const fails = (id: string, times = 1) => {
  let last: ReturnType<InstanceHealthBook["observe"]>;
  for (let time = 0; time < times; time++) last = book.observe(id, { kind: "failed", service: "s", reason: "reset" }, () => peers);
  return last;
};
const is = (id: string, kind: "reached" | "answered" | "serving") => book.observe(id, { kind }, () => peers);
const away = (id: string) => book.observe(id, { kind: "unreachable", reason: "refused" }, () => peers);

test("an instance without a connection comes last, twice as long after each failure", () => {
  expect(away("a")).toEqual({ kind: "health-failed", detail: "refused" });
  for (const restMs of [firstDemotionMs, 2 * firstDemotionMs, 4 * firstDemotionMs]) {
    expect(book.isDemoted("a")).toBe(true);
    clock.advance(restMs - 1);
    expect(book.isDemoted("a")).toBe(true);
    clock.advance(1);
    expect(book.isDemoted("a")).toBe(false);
    expect(away("a")).toBeUndefined();
  }
  for (let time = 0; time < 30; time++) away("a");
  clock.advance(maxDemotionMs);
  expect(book.isDemoted("a")).toBe(false);
  expect(book.failing("a")?.reason).toBe("refused");
  expect(is("a", "reached")).toEqual({ kind: "recovered", detail: "answers again" });
  expect(book.failing("a")).toBeUndefined();
});

test("failed calls in a row leave an instance out, an answer between them does not", () => {
  fails("a", ejectAfter - 1);
  is("a", "reached");
  expect(book.isDemoted("a")).toBe(false);
  is("a", "answered");
  fails("a", ejectAfter - 1);
  expect(book.isDemoted("a")).toBe(false);
  expect(fails("a")).toEqual({
    kind: "health-failed",
    detail: `${ejectAfter} calls in a row failed, the last one: reset; left out for 30 s`,
  });
  expect(book.isDemoted("a")).toBe(true);
  expect(book.failing("a")?.reason).toBe("5 calls in a row failed, the last one: reset");
});

test("one call at a time finds out whether it is well again, and each failure makes the time longer", () => {
  fails("a", ejectAfter);
  fails("a", 10); // calls that were under way
  for (let round = 1; round <= 12; round++) {
    const restMs = Math.min(maxEjectMs, ejectMs * round);
    clock.advance(restMs - 1);
    expect(book.isDemoted("a")).toBe(true);
    clock.advance(1);
    expect(book.isDemoted("a")).toBe(false);
    book.chosen("a");
    expect(book.isDemoted("a")).toBe(true);
    fails("a");
    expect(book.isDemoted("a")).toBe(true);
  }
  clock.advance(maxEjectMs);
  book.chosen("a");
  expect(is("a", "answered")).toEqual({ kind: "recovered", detail: "answers again" });
  expect(book.isDemoted("a")).toBe(false);
  fails("a", ejectAfter);
  clock.advance(ejectMs);
  expect(book.isDemoted("a")).toBe(false);
});

test("at most half of the instances are left out, a single one never", () => {
  fails("a", ejectAfter);
  expect(fails("b", ejectAfter)?.detail).toBe("5 calls in a row failed, the last one: reset; still called, for too few others are left");
  expect([book.isDemoted("a"), book.isDemoted("b")]).toEqual([true, false]);
  expect(book.failing("b")?.reason).toContain("5 calls in a row failed");
  clock.advance(ejectMs);
  fails("b");
  expect(book.isDemoted("b")).toBe(true);
  peers = ["only"];
  fails("only", 100);
  expect(book.isDemoted("only")).toBe(false);
});

test("a health check that says no holds whatever calls say, until it passes", () => {
  expect(book.observe("a", { kind: "not-serving", reason: "NOT_SERVING" }, () => peers)?.kind).toBe("health-failed");
  is("a", "answered");
  clock.advance(3_600_000);
  expect(book.isDemoted("a")).toBe(true);
  expect(is("a", "serving")).toEqual({ kind: "recovered", detail: "its health check passes" });
  expect(book.isDemoted("a")).toBe(false);
});

test("a health check that passes ends an ejection only when it failed meanwhile or the time is over", () => {
  fails("a", ejectAfter);
  is("a", "serving");
  expect(book.isDemoted("a")).toBe(true);
  away("a");
  is("a", "serving");
  expect(book.failing("a")).toBeUndefined();
  fails("a", ejectAfter);
  clock.advance(ejectMs);
  is("a", "serving");
  expect(book.failing("a")).toBeUndefined();
});

test("0 never leaves an instance out for failed calls, and what is forgotten is gone", () => {
  book = createInstanceHealthBook(clock, { ejectAfter: 0, ejectMs });
  fails("a", 100);
  expect(book.isDemoted("a")).toBe(false);
  away("a");
  book.forget("a");
  expect(book.failing("a")).toBeUndefined();
});
