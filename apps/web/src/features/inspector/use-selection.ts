import type { WireIndex, WireRecord } from "@rpcdeck/wire";
import { useCallback, useMemo, useState } from "react";
import type { ByteRange } from "#ui/hex-grid.tsx";

/** Which record and byte are chosen, in step with the path that form and URL know. */
export interface Selection {
  readonly record: WireRecord | undefined;
  /** Bytes of the record, as offsets of the grid. */
  readonly range: ByteRange | undefined;
  readonly caret: number | undefined;
  readonly anchor: number | undefined;
  readonly moveCaret: (offset: number, isExtending: boolean) => void;
  /** Puts caret and anchor somewhere and leaves the path as it is, for bytes that are shown next; undefined: at the path. */
  readonly place: (place: { readonly caret: number; readonly anchor: number } | undefined) => void;
  readonly select: (record: WireRecord | undefined) => void;
  /** Goes to the field before or after; false when there is none. */
  readonly step: (by: 1 | -1) => boolean;
}

/**
 * Keeps caret and path together: the caret stays where it is while its byte belongs to the selected path, else it goes to the record's first
 * byte. Bytes without fields keep the path, for when the message is shown again. `base` is where the message begins in the grid, `length` the size of the grid.
 */
export function useSelection(options: {
  index: WireIndex | undefined;
  base: number;
  length: number;
  selected: string | undefined;
  onSelect: (path: string | undefined) => void;
}): Selection {
  const { index, base, length, selected, onSelect } = options;
  const [placed, setPlaced] = useState<{ offset: number; anchor: number } | undefined>(undefined);

  const pathAt = useCallback(
    (offset: number): string | undefined => {
      const part = offset < base ? undefined : index?.partAt(offset - base);
      return part === undefined ? undefined : index?.pathOf(part.record);
    },
    [index, base],
  );
  const record = useMemo(() => (selected === undefined ? undefined : index?.find(selected)), [index, selected]);
  const range = useMemo(() => (record === undefined ? undefined : { start: record.start + base, end: record.end + base }), [record, base]);

  const isKept =
    placed !== undefined && placed.offset < length && placed.anchor < length && (index === undefined || pathAt(placed.anchor) === selected);
  const caret = isKept ? placed.offset : range?.start;
  const anchor = isKept ? placed.anchor : caret;

  const select = (next: WireRecord | undefined): void => {
    setPlaced(next === undefined ? undefined : { offset: next.start + base, anchor: next.start + base });
    onSelect(next === undefined ? undefined : index?.pathOf(next));
  };
  const moveCaret = (offset: number, isExtending: boolean): void => {
    setPlaced({ offset, anchor: isExtending ? (anchor ?? offset) : offset });
    // Bytes without fields, such as compressed ones, choose none.
    if (isExtending || index === undefined) return;
    const path = pathAt(offset);
    if (path !== selected) onSelect(path);
  };
  const place: Selection["place"] = (to) => {
    setPlaced(to === undefined ? undefined : { offset: to.caret, anchor: to.anchor });
  };
  const step = (by: 1 | -1): boolean => {
    if (index === undefined) return false;
    const from = (caret ?? -1) - base;
    const here = index.partAt(from)?.record;
    let at = by === 1 ? (here === undefined ? Math.max(from + 1, 0) : here.end) : (here?.start ?? 0) - 1;
    if (by === 1 && here !== undefined && index.children(here) !== undefined) at = here.valueStart;
    for (let part = index.partAt(at); part !== undefined; part = index.partAt(at)) {
      if (!part.isContainer) {
        select(part.record);
        return true;
      }
      at = by === 1 ? part.end : part.start - 1;
    }
    return false;
  };
  return { record, range, caret, anchor, moveCaret, place, select, step };
}
