/** What decides where a key takes the caret. */
export interface CaretSpace {
  readonly length: number;
  readonly perRow: number;
  readonly pageRows: number;
}

/** Offset after a key from `at`; undefined for other keys. Stays within the bytes. */
export function moveCaret(
  { key, ctrlKey }: { key: string; ctrlKey: boolean },
  at: number,
  { length, perRow, pageRows }: CaretSpace,
): number | undefined {
  const last = Math.max(0, length - 1);
  const clamp = (offset: number): number => Math.max(0, Math.min(last, offset));
  const vertical = (rows: number): number => {
    const next = at + rows * perRow;
    if (next < 0) return rows === -1 ? at : at % perRow;
    if (next > last) return Math.floor(at / perRow) === Math.floor(last / perRow) ? at : last;
    return next;
  };
  switch (key) {
    case "ArrowLeft":
      return clamp(at - 1);
    case "ArrowRight":
      return clamp(at + 1);
    case "ArrowUp":
      return vertical(-1);
    case "ArrowDown":
      return vertical(1);
    case "PageUp":
      return vertical(-pageRows);
    case "PageDown":
      return vertical(pageRows);
    case "Home":
      return ctrlKey ? 0 : at - (at % perRow);
    case "End":
      return ctrlKey ? last : clamp(at - (at % perRow) + perRow - 1);
    default:
      return undefined;
  }
}
