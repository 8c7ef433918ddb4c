import { expect, test } from "vitest";
import { caretAt, createEditedBytes, type HexCaret, type HexEdited, putIn, takeOut, typeDigit } from "./hex-edit.ts";

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const shown = (edited: HexEdited | undefined) =>
  edited && `${Buffer.from(edited.bytes).toString("hex")} ${edited.caret.at}${edited.caret.isHalf ? "." : ""}`;
const range = (anchor: number, at: number): HexCaret => ({ at, anchor, isHalf: false });

function typed(hex: string, caret: HexCaret, options: { keys: string; isInserting?: boolean }): string | undefined {
  let state: HexEdited = { bytes: bytesOf(hex), caret };
  for (const key of options.keys) {
    state = typeDigit(state.bytes, state.caret, { digit: Number.parseInt(key, 16), isInserting: options.isInserting === true });
  }
  return shown(state);
}

test("types over nibble by nibble, and behind the last byte adds one", () => {
  expect(typed("0a0b", caretAt(0), { keys: "f" })).toBe("fa0b 0.");
  expect(typed("0a0b", caretAt(0), { keys: "f1" })).toBe("f10b 1");
  expect(typed("0a0b", caretAt(1), { keys: "f1c" })).toBe("0af1c0 2.");
  expect(typed("", caretAt(0), { keys: "08017" })).toBe("080170 2.");
});

test("inserts a byte where the caret is, and types over a range", () => {
  expect(typed("0a0b", caretAt(1), { keys: "f", isInserting: true })).toBe("0af00b 1.");
  expect(typed("0a0b", caretAt(1), { keys: "f12", isInserting: true })).toBe("0af1200b 2.");
  expect(typed("0a0b0c0d", range(1, 2), { keys: "f1" })).toBe("0af10d 2");
  expect(typed("0a0b0c0d", range(2, 1), { keys: "f", isInserting: true })).toBe("0af00d 1.");
});

test("takes out the byte at the caret, the one before it, or the range", () => {
  expect(shown(takeOut(bytesOf("0a0b0c"), caretAt(1), "Delete"))).toBe("0a0c 1");
  expect(shown(takeOut(bytesOf("0a0b0c"), caretAt(1), "Backspace"))).toBe("0b0c 0");
  expect(shown(takeOut(bytesOf("0a0b0c"), caretAt(3), "Backspace"))).toBe("0a0b 2");
  expect(shown(takeOut(bytesOf("0a0b0c"), range(0, 1), "Backspace"))).toBe("0c 0");
  expect(shown(takeOut(bytesOf("0af0"), { ...caretAt(1), isHalf: true }, "Backspace"))).toBe("0a 1");
  expect(takeOut(bytesOf("0a"), caretAt(1), "Delete")).toBeUndefined();
  expect(takeOut(bytesOf("0a"), caretAt(0), "Backspace")).toBeUndefined();
  expect(takeOut(bytesOf(""), caretAt(0), "Delete")).toBeUndefined();
});

test("puts bytes in at the caret or in place of the range", () => {
  expect(shown(putIn(bytesOf("0a0b"), caretAt(1), bytesOf("ffff")))).toBe("0affff0b 3");
  expect(shown(putIn(bytesOf("0a0b0c"), range(0, 1), bytesOf("ff")))).toBe("ff0c 1");
  expect(shown(putIn(bytesOf(""), caretAt(0), bytesOf("0801")))).toBe("0801 2");
});

test("tells which bytes are others than before", () => {
  const marks = (before: string, now: string) => {
    const isEdited = createEditedBytes(bytesOf(before), bytesOf(now));
    return [...bytesOf(now).keys()].map((at) => (isEdited(at) ? "x" : ".")).join("");
  };
  expect(marks("0a0b0c", "0aff0c")).toBe(".x.");
  expect(marks("0a0b0c", "0a0b0c")).toBe("...");
  expect(marks("0a0b0c", "0aff0b0c")).toBe(".x..");
  expect(marks("0a0b0c", "0a0c")).toBe("xx");
  expect(marks("", "0801")).toBe("xx");
});
