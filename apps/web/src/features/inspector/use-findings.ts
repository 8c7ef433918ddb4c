import type { Validation } from "@rpcdeck/wire";
import { useMemo, useState } from "react";
import { createFindingRanges, type FindingRanges } from "./finding-ranges.ts";
import { soFarOf, type MessageCheck } from "./message-check.ts";
import type { Selection } from "./use-selection.ts";

/** The findings of the message that is looked at, and the one the caret stands on. */
export interface FindingsView {
  readonly ranges: FindingRanges;
  /** Position in the list of the finding that was gone to last, while the caret stays on its byte. */
  readonly current: number | undefined;
  /** Goes to the byte of a finding, and with it to its field. */
  readonly goTo: (at: number) => void;
  /** Goes to the finding after or before the caret; from the last to the first. */
  readonly step: (by: 1 | -1) => void;
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
}

/** Findings of a check, final or so far; undefined when there are none. `base` is where the message begins in the grid. */
export function useFindings(
  check: MessageCheck | undefined,
  base: number,
  selection: Pick<Selection, "caret" | "moveCaret" | "select">,
): FindingsView | undefined {
  const [wentTo, setWentTo] = useState<number | undefined>(undefined);
  const [isOpen, setOpen] = useState(false);
  const validation = check === undefined ? undefined : soFarOf(check);
  const ranges = useMemo(() => rangesOf(validation), [validation]);
  const { caret } = selection;

  const placeOf = (at: number): number | undefined => {
    const finding = ranges?.list[at];
    // What the outermost message lacks has no byte.
    return finding === undefined || finding.missing?.isOutermost === true ? undefined : finding.offset + base;
  };
  const current = wentTo !== undefined && ranges?.list[wentTo] !== undefined && placeOf(wentTo) === caret ? wentTo : undefined;
  const goTo = (at: number): void => {
    const place = placeOf(at);
    setWentTo(at);
    if (place === undefined) selection.select(undefined);
    else selection.moveCaret(place, false);
  };
  const step = (by: 1 | -1): void => {
    if (ranges === undefined) return;
    const { length } = ranges.list;
    const from = caret === undefined ? 0 : ranges.firstFrom(caret - base);
    const next = current === undefined ? (by === 1 ? from : from - 1) : current + by;
    goTo((next + length) % length);
  };
  return ranges === undefined ? undefined : { ranges, current, goTo, step, isOpen, setOpen };
}

function rangesOf(validation: Validation | undefined): FindingRanges | undefined {
  return validation === undefined || validation.findingCount === 0 ? undefined : createFindingRanges(validation);
}
