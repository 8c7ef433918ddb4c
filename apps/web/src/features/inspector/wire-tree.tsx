import {
  countText,
  offsetDigits,
  recordNotes,
  valueText,
  wireTypeName,
  type RecordNote,
  type WireIndex,
  type WireRecord,
} from "@rpcdeck/wire";
import { useEffect, useId, useMemo, type KeyboardEvent } from "react";
import { cx } from "#lib/cx.ts";
import { Icon } from "#ui/icon.tsx";
import { Swatch } from "#ui/swatch.tsx";
import type { ByteRange } from "#ui/hex-grid.tsx";
import { rowForKey } from "#ui/row-keys.ts";
import { useVirtualRows } from "#ui/virtual-rows.ts";
import { faultText } from "./fault-text.ts";
import { FindingBadge } from "./finding-marks.tsx";
import type { FindingCounts, FindingRanges } from "./finding-ranges.ts";
import type { RowModel } from "./row-model.ts";
import s from "./wire-tree.module.css";

const rowPx = 20;
const headPx = 24;
const columns = 7;

/** Notes that change what a reader sees of the field; the others are told by the readings only. */
const shownNotes: ReadonlySet<RecordNote["kind"]> = new Set([
  "unknown",
  "wrong-wire-type",
  "overwritten",
  "merged",
  "cleared",
  "duplicate-key",
  "closed-enum",
]);

export interface WireTreeProps {
  index: WireIndex;
  model: RowModel;
  /** Added to offsets: where the message begins in what the hex grid shows. */
  base: number;
  channelOf: (record: WireRecord) => number | undefined;
  selected: WireRecord | undefined;
  /** Marked on the rows they belong to, and on those that are folded over them. */
  findings: FindingRanges | undefined;
  /** The record under the pointer, in bytes of the message. */
  near: ByteRange | undefined;
  onSelect: (record: WireRecord) => void;
  onHover: (record: WireRecord | undefined) => void;
  onFold: (record: WireRecord, isOpen: boolean) => void;
  onEnter: () => void;
}

/** Records in wire order with path, number, wire type, offset, size and value. One tab stop; the focus is the selection. */
export function WireTree({ index, model, base, channelOf, selected, findings, near, onSelect, onHover, onFold, onEnter }: WireTreeProps) {
  const id = useId();
  const { scroller, first, end, spacerPx, top, pageRows, reveal } = useVirtualRows(() => model.count, rowPx, headPx);
  const current = selected === undefined ? undefined : model.rowOf(selected);
  const largest = useMemo(() => largestOf(index), [index]);

  useEffect(() => {
    if (current !== undefined) reveal(current);
  }, [current, reveal]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const at = current ?? -1;
    const go = (row: number | undefined): void => {
      const record = row === undefined ? undefined : model.row(row);
      if (record !== undefined) onSelect(record);
    };
    const isContainer = selected !== undefined && index.children(selected) !== undefined;
    const place = { at, count: model.count, pageRows };
    switch (event.key) {
      case "ArrowRight":
        if (selected === undefined || !isContainer) return;
        if (model.isOpen(selected)) go(rowForKey("ArrowDown", place));
        else onFold(selected, true);
        break;
      case "ArrowLeft":
        if (selected === undefined) return;
        if (isContainer && model.isOpen(selected)) onFold(selected, false);
        else if (selected.level.parent !== undefined) onSelect(selected.level.parent);
        break;
      case "Enter":
        onEnter();
        break;
      default: {
        const row = rowForKey(event.key, place);
        if (row === undefined) return;
        go(row);
      }
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const drawn: number[] = [];
  for (let row = first; row < end; row++) drawn.push(row);
  const digits = offsetDigits(index.bytes.length + base).length;

  return (
    <div
      ref={scroller}
      className={s.tree}
      style={{ ["--at" as string]: `${Math.max(34, digits * 7.5 + 10)}px` }}
      role="treegrid"
      aria-label="Wire tree"
      aria-rowcount={model.count + 1}
      aria-colcount={columns}
      aria-activedescendant={current !== undefined && current >= first && current < end ? `${id}-${current}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerLeave={() => {
        onHover(undefined);
      }}
    >
      <div className={cx(s.row, s.head)} role="row" aria-rowindex={1}>
        <span role="columnheader">Path</span>
        <span role="columnheader" aria-label="Number" className={s.right}>
          #
        </span>
        <span role="columnheader" className={s.wire}>
          Wire
        </span>
        <span role="columnheader" className={cx(s.right, s.at)}>
          At
        </span>
        <span role="columnheader" className={s.right}>
          Bytes
        </span>
        <span role="columnheader" className={s.share}>
          Share
        </span>
        <span role="columnheader">Value</span>
      </div>
      {model.count === 0 ? (
        <p className={s.empty}>Empty message, 0 B</p>
      ) : (
        <div className={s.space} role="presentation" style={{ blockSize: spacerPx }}>
          {drawn.map((row) => {
            const record = model.row(row);
            return record === undefined ? null : (
              <TreeRow
                key={row}
                id={`${id}-${row}`}
                row={row}
                top={top(row)}
                index={index}
                record={record}
                base={base}
                largest={largest}
                channel={index.children(record) === undefined ? channelOf(record) : undefined}
                isOpen={index.children(record) === undefined ? undefined : model.isOpen(record)}
                findings={findings === undefined ? undefined : findingsOn(findings, { index, record, isOpen: model.isOpen(record) })}
                isSelected={row === current}
                isNear={near !== undefined && near.start === record.start && near.end === record.end}
                onSelect={onSelect}
                onHover={onHover}
                onFold={onFold}
              />
            );
          })}
        </div>
      )}
    </div>
  );
}

function TreeRow(props: {
  id: string;
  row: number;
  top: number;
  index: WireIndex;
  record: WireRecord;
  base: number;
  largest: number;
  channel: number | undefined;
  /** Undefined for a leaf. */
  isOpen: boolean | undefined;
  findings: FindingCounts | undefined;
  isSelected: boolean;
  isNear: boolean;
  onSelect: (record: WireRecord) => void;
  onHover: (record: WireRecord | undefined) => void;
  onFold: (record: WireRecord, isOpen: boolean) => void;
}) {
  const { index, record, isOpen, isSelected, channel } = props;
  const { level, field } = record;
  const size = record.end - record.start;
  const inside = isOpen === undefined ? undefined : index.children(record);
  const fault = faultText(index, record);
  const notes = recordNotes(index, record);
  const value =
    fault !== undefined && inside === undefined
      ? undefined
      : isOpen === true && inside !== undefined
        ? { text: countText(inside), tone: "quiet" as const, note: undefined }
        : valueText(index, record);
  const note = notes.find(({ kind }) => shownNotes.has(kind));
  const isSet = notes.some(({ kind }) => kind === "overwritten" || kind === "cleared" || kind === "duplicate-key");
  return (
    <div
      id={props.id}
      className={cx(s.row, s.line, isSelected && s.selected, props.isNear && s.near)}
      role="row"
      aria-rowindex={props.row + 2}
      aria-level={level.depth + 1}
      aria-selected={isSelected}
      aria-expanded={isOpen}
      style={{ insetBlockStart: props.top }}
      onPointerDown={(event) => {
        if (event.button === 0) props.onSelect(record);
      }}
      onPointerEnter={() => {
        props.onHover(record);
      }}
      onDoubleClick={() => {
        if (isOpen !== undefined) props.onFold(record, !isOpen);
      }}
    >
      <span className={s.path} role="gridcell" title={index.pathOf(record)} style={{ ["--depth" as string]: Math.min(level.depth, 8) }}>
        {fault !== undefined && inside === undefined ? (
          <Icon name="alert" size={12} className={s.bad} />
        ) : isOpen === undefined ? (
          <Swatch channel={channel} />
        ) : (
          <button
            type="button"
            className={s.caret}
            tabIndex={-1}
            aria-label={isOpen ? "Fold" : "Unfold"}
            onPointerDown={(event) => {
              event.stopPropagation();
            }}
            onClick={() => {
              props.onFold(record, !isOpen);
            }}
          >
            <Icon name={isOpen ? "chevron-down" : "chevron-right"} size={12} />
          </button>
        )}
        <span className={cx(s.name, (field === undefined || isSet) && s.quiet, isSet && s.struck)}>{nameOf(index, record)}</span>
        {props.findings !== undefined && <FindingBadge counts={props.findings} isFolded={isOpen === false} />}
      </span>
      <span className={cx(s.right, s.number)} role="gridcell">
        {level.kind !== "message" ? "" : record.number}
      </span>
      <span className={s.wire} role="gridcell">
        {level.kind !== "message" ? "" : wireTypeName(record.wireType)}
      </span>
      <span className={cx(s.right, s.mono, s.at)} role="gridcell">
        {offsetDigits(record.start + props.base)}
      </span>
      <span className={cx(s.right, s.mono)} role="gridcell">
        {size.toLocaleString("en")}
      </span>
      <span className={s.share} role="gridcell" aria-label={`${share(size, index.bytes.length)} of the message`}>
        <span className={s.bar} data-ch={channel}>
          <span className={s.fill} style={{ inlineSize: `${Math.min(100, (100 * size) / props.largest).toFixed(1)}%` }} />
        </span>
      </span>
      <span className={cx(s.value, isSet && s.struck)} role="gridcell" title={fault ?? note?.text}>
        {value === undefined ? (
          <span className={s.bad}>{fault}</span>
        ) : (
          <span className={value.tone === "string" ? s.string : value.tone === "number" ? s.numeral : s.quiet}>{value.text}</span>
        )}
        {value?.note !== undefined && value.note !== "" && <span className={s.quiet}> {value.note}</span>}
        {fault !== undefined && value !== undefined && <span className={s.bad}> {fault}</span>}
        {note !== undefined && <span className={s.quiet}> · {note.text}</span>}
      </span>
    </div>
  );
}

/** The findings a row stands for: all of its record, without those that open rows below it show. */
function findingsOn(findings: FindingRanges, row: { index: WireIndex; record: WireRecord; isOpen: boolean }): FindingCounts {
  const { index, record, isOpen } = row;
  const inside = isOpen ? index.children(record) : undefined;
  if (inside === undefined) return findings.within(record);
  const before = findings.within({ start: record.start, end: inside.start });
  const after = findings.within({ start: inside.end, end: record.end });
  return { error: before.error + after.error, warning: before.warning + after.warning, note: before.note + after.note };
}

/** Last step of the path; an entry's key and value by those names. */
export function nameOf(index: WireIndex, record: WireRecord): string {
  if (record.level.table?.isMapEntry === true && record.field !== undefined) return record.field.name;
  if (record.number === 0 && record.isMalformed) return "unreadable";
  const path = index.pathOf(record);
  const parent = record.level.parent;
  if (parent === undefined) return path;
  const isValue = parent.level.table?.isMapEntry === true && parent.number === 2;
  const above = index.pathOf(isValue && parent.level.parent !== undefined ? parent.level.parent : parent);
  const own = path.startsWith(above) ? path.slice(above.length) : path;
  return own.startsWith(".") ? own.slice(1) : own;
}

function largestOf(index: WireIndex): number {
  const { starts, ends, count } = index.root;
  let largest = 1;
  for (let at = 0; at < count; at++) largest = Math.max(largest, (ends[at] as number) - (starts[at] as number));
  return largest;
}

function share(size: number, total: number): string {
  return `${((100 * size) / Math.max(total, 1)).toFixed(size * 10 < total ? 1 : 0)} %`;
}
