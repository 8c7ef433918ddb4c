import { expect, test } from "vitest";
import { createMessageHistory, type MessageState } from "./message-history.ts";

const state = (...bytes: number[]): MessageState => ({ message: Uint8Array.from(bytes), jsonText: undefined, lastGood: undefined });

test("gives back the very bytes, both ways, and forgets what was undone once something else is done", () => {
  const history = createMessageHistory();
  const [first, second, third] = [state(), state(8, 0x81, 0), state(8, 2)];
  history.record("a", { before: first, place: "form:id", at: 0 });
  history.record("a", { before: second, place: "form:name", at: 10 });
  expect(history.undo("a", third)?.message).toBe(second.message);
  expect(history.undo("a", second)?.message).toBe(first.message);
  expect(history.canUndo("a")).toBe(false);
  expect(history.undo("a", first)).toBeUndefined();
  expect(history.redo("a", first)?.message).toBe(second.message);
  expect(history.redo("a", second)?.message).toBe(third.message);
  expect(history.canRedo("a")).toBe(false);
  history.undo("a", third);
  history.record("a", { before: second, place: "bytes:", at: 5000 });
  expect(history.canRedo("a")).toBe(false);
  expect(history.canUndo("b")).toBe(false);
});

test("takes what is typed into one place without a pause for one step", () => {
  const history = createMessageHistory();
  for (let at = 0; at < 5; at++) history.record("a", { before: state(at), place: "form:name", at: at * 900 });
  history.record("a", { before: state(5), place: "form:id", at: 3700 });
  history.record("a", { before: state(6), place: "form:id", at: 4800 });
  const undone = [7, 6, 5].map((now) => history.undo("a", state(now))?.message[0]);
  expect(undone).toEqual([6, 5, 0]);
  expect(history.canUndo("a")).toBe(false);
  // What was undone does not grow by what comes next.
  history.record("a", { before: state(0), place: "form:name", at: 4800 });
  expect(history.canUndo("a")).toBe(true);
});

test("keeps two hundred steps and 32 MiB, and nothing of drafts that are gone", () => {
  const history = createMessageHistory();
  const count = (id: string) => {
    let steps = 0;
    while (history.undo(id, state()) !== undefined) steps++;
    return steps;
  };
  for (let at = 0; at < 300; at++) history.record("a", { before: state(at), place: String(at), at });
  expect(count("a")).toBe(200);
  const large = { ...state(), message: new Uint8Array(10 * 1024 * 1024) };
  for (let at = 0; at < 9; at++) history.record("b", { before: large, place: String(at), at });
  expect(count("b")).toBe(3);
  const huge = { ...state(), message: new Uint8Array(33 * 1024 * 1024) };
  history.record("c", { before: huge, place: "", at: 0 });
  history.keepOnly(new Set(["c"]));
  expect(count("c")).toBe(1);
  history.record("b", { before: large, place: "", at: 0 });
  history.keepOnly(new Set());
  expect(count("b")).toBe(0);
});
