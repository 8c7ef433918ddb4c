import { fieldPathOf, hexOffset, type ReadAs, type WireIndex, type WireRecord } from "@rpcdeck/wire";
import { useMemo, useState } from "react";
import type { ByteRange, HexPart } from "#ui/hex-grid.tsx";
import { createHexParts } from "./hex-parts.ts";
import { parseOffset } from "./parse-offset.ts";
import { createChannels } from "./record-channel.ts";
import { createRowModel, type Folds, type RowModel } from "./row-model.ts";
import { useFindings, type FindingsView } from "./use-findings.ts";
import type { Inspected } from "./use-inspected.ts";
import { useSelection, type Selection } from "./use-selection.ts";

/** What hex grid, wire tree, tools and crumbs of one message share. */
export interface WireView {
  readonly inspected: Inspected;
  readonly hex: Uint8Array;
  /** Where the message begins in `hex`. */
  readonly base: number;
  /** With the readings that the user has chosen. What is said of the message as a whole goes by that of `inspected`. */
  readonly index: WireIndex | undefined;
  readonly model: RowModel | undefined;
  readonly channelOf: (record: WireRecord) => number | undefined;
  readonly partAt: ((offset: number) => HexPart | undefined) | undefined;
  readonly selection: Selection;
  /** Path of the selected field, also while bytes without fields are shown. */
  readonly selected: string | undefined;
  /** Undefined when there are none. */
  readonly findings: FindingsView | undefined;
  /** The extended range of bytes, else the selected record. */
  readonly range: ByteRange | undefined;
  /** The record under the pointer, in bytes of the message. */
  readonly near: ByteRange | undefined;
  readonly setNear: (near: ByteRange | undefined) => void;
  /** Said in place of the range, such as an offset that does not exist. */
  readonly message: string | undefined;
  readonly select: (record: WireRecord | undefined) => void;
  readonly moveCaret: (offset: number, isExtending: boolean) => void;
  readonly fold: (record: WireRecord, isOpen: boolean) => void;
  /** Reads the field of a record, with all items of its list, as the user says; undefined goes back to schema or guess. */
  readonly readAs: (record: WireRecord, as: ReadAs | undefined) => void;
  /** Goes to an offset as typed, or says why it cannot. */
  readonly goTo: (text: string) => void;
  /** What a narrow place shows. */
  readonly part: "bytes" | "tree";
  readonly setPart: (part: "bytes" | "tree") => void;
  /** For the element that holds grid and tree. */
  readonly attach: (element: HTMLElement | null) => void;
  /** Moves the keyboard to the grid or the tree. */
  readonly focus: (what: "grid" | "treegrid") => void;
}

const nothing = new Uint8Array();
const noFolds: Folds = new Map();
const noChoices: ReadonlyMap<string, ReadAs> = new Map();

/** The state of one message being looked at. `selected` is its path; `onSelect` gets the path that the user chose. */
export function useWireView(inspected: Inspected, selected: string | undefined, onSelect: (path: string | undefined) => void): WireView {
  const [folds, setFolds] = useState(noFolds);
  const [chosen, setChosen] = useState<{ of: WireIndex | undefined; readAs: ReadonlyMap<string, ReadAs> } | undefined>(undefined);
  const [near, setNear] = useState<ByteRange | undefined>(undefined);
  const [said, setSaid] = useState<{ readonly text: string; readonly of: Uint8Array } | undefined>(undefined);
  const [part, setPart] = useState<"bytes" | "tree">("bytes");
  const [body, attach] = useState<HTMLElement | null>(null);

  const shown = inspected.kind === "bytes" ? inspected : undefined;
  const hex = shown?.hex ?? nothing;
  const base = shown?.base ?? 0;
  const declared = shown?.index;
  const readAgain = shown?.readAgain;
  // Chosen readings hold while bytes and type stay.
  const choices = chosen?.of === declared && chosen !== undefined ? chosen.readAs : noChoices;
  const index = useMemo(
    () => (choices.size === 0 || readAgain === undefined ? declared : readAgain(choices)),
    [choices, readAgain, declared],
  );
  const channelOf = useMemo(() => (index === undefined ? () => undefined : createChannels(index)), [index]);
  const partAt = useMemo(() => (index === undefined ? undefined : createHexParts(index, base, channelOf)), [index, base, channelOf]);
  // What was said of other bytes says nothing of these.
  const message = said?.of === hex ? said.text : undefined;
  const selection = useSelection({ index, base, length: hex.length, selected, onSelect });
  const { record } = selection;
  const opened = useMemo(() => withAncestors(folds, record, (of) => index?.pathOf(of) ?? ""), [folds, record, index]);
  const model = useMemo(() => (index === undefined ? undefined : createRowModel(index, opened)), [index, opened]);
  const range =
    selection.anchor !== undefined && selection.caret !== undefined && selection.anchor !== selection.caret
      ? span(selection.anchor, selection.caret)
      : selection.range;

  const focus = (what: "grid" | "treegrid"): void => {
    body?.querySelector<HTMLElement>(`[role="${what}"]`)?.focus();
  };
  const select = (next: WireRecord | undefined): void => {
    setSaid(undefined);
    selection.select(next);
  };
  const moveCaret = (offset: number, isExtending: boolean): void => {
    setSaid(undefined);
    selection.moveCaret(offset, isExtending);
  };
  const findings = useFindings(shown?.check, base, { caret: selection.caret, moveCaret, select });
  return {
    inspected,
    hex,
    base,
    index,
    model,
    channelOf,
    partAt,
    selection,
    selected,
    findings,
    range,
    near,
    setNear,
    message,
    select,
    moveCaret,
    fold(of, willOpen) {
      if (index === undefined) return;
      setFolds(new Map(folds).set(index.pathOf(of), willOpen));
      const isInside = record !== undefined && record !== of && record.start >= of.start && record.end <= of.end;
      if (!willOpen && isInside) select(of);
    },
    readAs(of, as) {
      const next = new Map(choices);
      const path = fieldPathOf(of);
      const run = of.level.kind === "packed" ? of.level.parent : undefined;
      if (as !== undefined) next.set(path, as);
      else if (!next.delete(path) && run !== undefined) next.delete(fieldPathOf(run));
      setChosen({ of: declared, readAs: next });
    },
    goTo(text) {
      const offset = parseOffset(text);
      if (offset === undefined) setSaid({ text: `"${text}" is no offset`, of: hex });
      else if (offset >= hex.length)
        setSaid({ text: `No offset ${hexOffset(offset)}: the last is ${hexOffset(Math.max(0, hex.length - 1))}`, of: hex });
      else {
        setSaid(undefined);
        selection.moveCaret(offset, false);
        focus("grid");
      }
    },
    part,
    setPart,
    attach,
    focus,
  };
}

function span(one: number, other: number): ByteRange {
  return { start: Math.min(one, other), end: Math.max(one, other) + 1 };
}

/** Folds with everything around `record` open, so that what is selected can be seen. */
function withAncestors(folds: Folds, record: WireRecord | undefined, pathOf: (record: WireRecord) => string): Folds {
  let above = record?.level.parent;
  if (above === undefined) return folds;
  const opened = new Map(folds);
  for (; above !== undefined; above = above.level.parent) opened.set(pathOf(above), true);
  return opened;
}
