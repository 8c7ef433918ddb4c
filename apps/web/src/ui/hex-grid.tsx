import { offsetDigits } from "@rpcdeck/wire";
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useMemo } from "react";
import { cx } from "#lib/cx.ts";
import { hexOf } from "#lib/hex-of.ts";
import { HexRow } from "./hex-grid-row.tsx";
import { moveCaret } from "./hex-grid-caret.ts";
import type { ByteRange, HexPart } from "./hex-grid-part.ts";
import { useVirtualRows } from "./virtual-rows.ts";
import s from "./hex-grid.module.css";

export type { ByteRange, HexPart } from "./hex-grid-part.ts";

/** Below this width in px, rows hold eight bytes instead of sixteen. */
const narrowPx = 524;
const rowPx = 20;
const headPx = 24;

export interface HexGridProps {
  label: string;
  bytes: Uint8Array;
  /** What the byte at an offset belongs to. Parts tile the bytes. Undefined draws plain bytes. */
  partAt?: ((offset: number) => HexPart | undefined) | undefined;
  /** The framed bytes: the selected field. */
  selected: ByteRange | undefined;
  /** The record under the pointer, here or in another view. */
  near?: ByteRange | undefined;
  /** The byte that the keyboard stands on, and the other end of an extended range. */
  caret: number | undefined;
  anchor?: number | undefined;
  /** The caret moved; `isExtending` keeps the anchor (Shift, or dragging). */
  onCaret: (offset: number, isExtending: boolean) => void;
  onHover?: (offset: number | undefined) => void;
  /** Tab and Shift Tab; true when there was a field to go to, else the focus leaves the grid. */
  onNextField?: (step: 1 | -1) => boolean;
  onEnter?: () => void;
  onEscape?: () => void;
  /** Bytes changed since they were last sent or saved. */
  isEdited?: ((offset: number) => boolean) | undefined;
  /** Makes the bytes editable; the caret can then stand behind the last one. */
  edit?: HexGridEdit | undefined;
  /** Said in place of rows when there are no bytes. */
  empty?: string;
  className?: string | undefined;
}

/** How the bytes of a grid are edited: it gives the keys and draws the caret. */
export interface HexGridEdit {
  /** A key; true when it was one that edits. */
  readonly onKey: (event: KeyboardEvent) => boolean;
  readonly onPaste: (text: string) => void;
  /** The second digit of the byte at the caret is still to be typed. */
  readonly isHalf: boolean;
  /** Typed bytes go between others instead of over them. */
  readonly isInserting: boolean;
}

/**
 * Bytes as offset, hex and ASCII, 16 to a row, 8 in a narrow place. Only rows in sight exist, so its size does not depend on theirs.
 * One tab stop; arrows, Page, Home and End move, Shift extends, Ctrl C copies the range or the field as hex.
 */
export function HexGrid(props: HexGridProps) {
  const { bytes, selected, caret, anchor, onCaret, label, edit } = props;
  const id = useId();
  // The place behind the last byte counts as one while bytes can be typed there.
  const places = edit === undefined ? bytes.length : bytes.length + 1;
  const { scroller, first, end, spacerPx, top, pageRows, widthPx, reveal } = useVirtualRows(
    (widthPx) => Math.max(1, Math.ceil(places / perRowIn(widthPx))),
    rowPx,
    headPx,
  );
  const perRow = perRowIn(widthPx);

  const frame = useMemo(
    () => (caret !== undefined && anchor !== undefined && anchor !== caret ? rangeOf(anchor, caret) : selected),
    [caret, anchor, selected],
  );
  const at = caret ?? selected?.start;

  useEffect(() => {
    if (at !== undefined) reveal(Math.floor(at / perRow));
  }, [at, perRow, reveal, bytes.length]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Tab" && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (props.onNextField?.(event.shiftKey ? -1 : 1) === true) event.preventDefault();
      return;
    }
    if (edit?.onKey(event) === true) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c") {
      const range = frame ?? (at === undefined ? undefined : { start: at, end: at + 1 });
      if (range !== undefined) void navigator.clipboard.writeText(hexOf(bytes.subarray(range.start, range.end)));
      event.preventDefault();
      return;
    }
    if (event.altKey || event.metaKey) return;
    if (event.key === "Enter") props.onEnter?.();
    else if (event.key === "Escape" && props.onEscape) props.onEscape();
    else {
      const next = moveCaret(event, at ?? 0, { length: places, perRow, pageRows });
      if (next === undefined) return;
      onCaret(next, event.shiftKey);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const onPointerDown = (event: PointerEvent): void => {
    const offset = offsetOf(event);
    if (event.button === 0 && offset !== undefined) onCaret(offset, event.shiftKey);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const offset = offsetOf(event);
    if (event.buttons === 1 && offset !== undefined && offset !== caret) onCaret(offset, true);
    props.onHover?.(offset);
  };

  const drawn: number[] = [];
  for (let row = first; row < end && places > 0; row++) drawn.push(row);
  const column = at === undefined ? undefined : at % perRow;
  const isCaretDrawn = at !== undefined && drawn.includes(Math.floor(at / perRow));

  return (
    <div
      ref={scroller}
      className={cx(s.hex, perRow === 8 && s.narrow, props.className)}
      role="grid"
      aria-label={label}
      aria-readonly={edit === undefined}
      aria-rowcount={Math.ceil(places / perRow) + 1}
      aria-colcount={perRow + 1}
      aria-activedescendant={isCaretDrawn ? `${id}-${at}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPaste={(event) => {
        if (edit === undefined) return;
        event.preventDefault();
        edit.onPaste(event.clipboardData.getData("text/plain"));
      }}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerLeave={() => props.onHover?.(undefined)}
    >
      <div className={cx(s.row, s.head)} role="row" aria-rowindex={1}>
        <span className={s.offset} role="columnheader">
          offset
        </span>
        <span className={s.bytes} role="presentation">
          {Array.from({ length: perRow }, (_, index) => (
            <span key={index} role="columnheader" className={cx(index === column && s.at)}>
              {offsetDigits(index)}
            </span>
          ))}
        </span>
        <span className={s.asciiHead} aria-hidden="true">
          ASCII
        </span>
      </div>
      {places === 0 ? (
        <div role="row" aria-rowindex={2} className={s.empty}>
          <span role="gridcell">{props.empty ?? "No bytes: empty message"}</span>
        </div>
      ) : (
        <div className={s.space} role="presentation" style={{ blockSize: spacerPx }}>
          {drawn.map((row) => (
            <HexRow
              key={row}
              id={id}
              top={top(row)}
              row={row}
              perRow={perRow}
              bytes={bytes}
              partAt={props.partAt}
              frame={frame}
              near={props.near}
              caret={at}
              isEdited={props.isEdited}
              edit={edit}
            />
          ))}
        </div>
      )}
      {places > 0 && bytes.length === 0 && <p className={s.empty}>{props.empty ?? "No bytes: empty message"}</p>}
    </div>
  );
}

function perRowIn(widthPx: number): 8 | 16 {
  return widthPx > 0 && widthPx < narrowPx ? 8 : 16;
}

function rangeOf(one: number, other: number): ByteRange {
  return { start: Math.min(one, other), end: Math.max(one, other) + 1 };
}

function offsetOf(event: PointerEvent): number | undefined {
  const at = event.target instanceof HTMLElement ? event.target.dataset["at"] : undefined;
  return at === undefined ? undefined : Number(at);
}
