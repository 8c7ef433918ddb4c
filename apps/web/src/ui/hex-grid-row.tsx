import { hexOffset, offsetDigits } from "@rpcdeck/wire";
import { cx } from "#lib/cx.ts";
import type { ByteRange, HexPart } from "./hex-grid-part.ts";
import s from "./hex-grid.module.css";

/** One row of bytes. */
export function HexRow(props: {
  id: string;
  top: number;
  row: number;
  perRow: number;
  bytes: Uint8Array;
  partAt: ((offset: number) => HexPart | undefined) | undefined;
  frame: ByteRange | undefined;
  near: ByteRange | undefined;
  caret: number | undefined;
  isEdited: ((offset: number) => boolean) | undefined;
  edit: { readonly isHalf: boolean; readonly isInserting: boolean } | undefined;
}) {
  const { id, row, perRow, bytes, partAt, frame, near, caret, edit } = props;
  const from = row * perRow;
  const end = Math.min(bytes.length, from + perRow);
  const hex = [];
  const ascii = [];
  let part: HexPart | undefined;
  for (let at = from; at < end; at++) {
    if (partAt !== undefined && (part === undefined || at >= part.end)) part = partAt(at);
    const byte = bytes[at] as number;
    const isFramed = within(at, frame);
    const digits = byte.toString(16).padStart(2, "0");
    const isCaret = at === caret;
    const isPrintable = byte > 31 && byte < 127;
    hex.push(
      <span
        key={at}
        role="gridcell"
        id={isCaret ? `${id}-${at}` : undefined}
        aria-colindex={at - from + 2}
        aria-selected={isFramed}
        aria-label={
          isCaret
            ? `${digits} at ${hexOffset(at)}${part === undefined || part.name === "" ? "" : `, ${roleWord(part)} of ${part.name}`}`
            : undefined
        }
        data-at={at}
        data-ch={part === undefined || part.isUnknown || part.role === "structure" ? undefined : part.channel}
        className={cx(
          s.byte,
          part !== undefined && s[part.role],
          part?.recordStart === at && s.first,
          part?.isUnknown === true && s.unknown,
          within(at, near) && s.near,
          isFramed && s.selected,
          isFramed && at === frame?.start && s.start,
          isFramed && at + 1 === frame?.end && s.end,
          isCaret && s.caret,
          isCaret && edit?.isHalf === true && s.half,
          isCaret && edit?.isInserting === true && s.inserting,
          props.isEdited?.(at) === true && s.edited,
        )}
      >
        {digits}
      </span>,
    );
    ascii.push(
      <span
        key={at}
        data-at={at}
        className={cx(isFramed && s.selected, (!isPrintable || (part !== undefined && part.role !== "value")) && s.dim)}
      >
        {isPrintable ? String.fromCharCode(byte) : "·"}
      </span>,
    );
  }
  if (edit !== undefined && end === bytes.length && end < from + perRow) {
    const isCaret = caret === end;
    hex.push(
      <span
        key={end}
        role="gridcell"
        id={isCaret ? `${id}-${end}` : undefined}
        aria-colindex={end - from + 2}
        aria-label={`behind the last byte, ${hexOffset(end)}`}
        data-at={end}
        className={cx(s.byte, s.behind, isCaret && s.caret)}
      >
        {"··"}
      </span>,
    );
  }
  return (
    <div className={s.row} role="row" aria-rowindex={row + 2} style={{ insetBlockStart: props.top }}>
      <span className={cx(s.offset, frame !== undefined && frame.start < end && frame.end > from && s.at)} role="rowheader">
        {offsetDigits(from, 4)}
      </span>
      <span className={s.bytes} role="presentation">
        {hex}
      </span>
      <span className={s.ascii} aria-hidden="true">
        {ascii}
      </span>
    </div>
  );
}

function within(at: number, range: ByteRange | undefined): boolean {
  return range !== undefined && at >= range.start && at < range.end;
}

function roleWord({ role }: HexPart): string {
  return role === "structure" ? "head" : role === "fault" ? "first unreadable byte" : role === "unread" ? "unread" : role;
}
