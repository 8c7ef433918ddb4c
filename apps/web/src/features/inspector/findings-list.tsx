import { hexOffset, locate, type Finding, type WireIndex } from "@rpcdeck/wire";
import { useEffect, type KeyboardEvent } from "react";
import { cx } from "#lib/cx.ts";
import { countText } from "#lib/format.ts";
import { rowForKey } from "#ui/row-keys.ts";
import { useVirtualRows } from "#ui/virtual-rows.ts";
import { SeverityIcon } from "./finding-marks.tsx";
import type { FindingsView } from "./use-findings.ts";
import s from "./findings.module.css";

const rowPx = 24;

/** All findings that are kept, by offset. One tab stop; the focus is the finding that was gone to. Paths are looked up for drawn rows only. */
export function FindingsList(props: {
  id: string;
  findings: FindingsView;
  index: WireIndex | undefined;
  /** Added to offsets: where the message begins in what the hex grid shows. */
  base: number;
  onEnter: () => void;
  onClose: () => void;
}) {
  const { id, findings, index, base } = props;
  const { ranges, current, goTo } = findings;
  const { list, total } = ranges;
  const { scroller, first, end, spacerPx, top, pageRows, reveal } = useVirtualRows(() => list.length, rowPx);

  useEffect(() => {
    if (current !== undefined) reveal(current);
  }, [current, reveal]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const row = rowForKey(event.key, { at: current ?? -1, count: list.length, pageRows });
    if (row !== undefined) goTo(row);
    else if (event.key === "Enter") props.onEnter();
    else if (event.key === "Escape") props.onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const drawn: number[] = [];
  for (let row = first; row < end; row++) drawn.push(row);
  return (
    <div className={s.panel}>
      <div
        ref={scroller}
        id={id}
        className={s.list}
        style={{ blockSize: `${rowPx * list.length}px` }}
        role="listbox"
        aria-label="All findings"
        aria-activedescendant={current !== undefined && current >= first && current < end ? `${id}-${current}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <div className={s.space} role="presentation" style={{ blockSize: spacerPx }}>
          {drawn.map((row) => {
            const finding = list[row];
            return finding === undefined ? null : (
              <FindingRow
                key={row}
                id={`${id}-${row}`}
                finding={finding}
                path={index === undefined ? "" : (locate(index, [finding])[0]?.path ?? "")}
                base={base}
                isSelected={row === current}
                place={{ top: top(row), position: row + 1, count: list.length }}
                onChoose={() => {
                  goTo(row);
                }}
              />
            );
          })}
        </div>
      </div>
      {total > list.length && (
        <p className={s.limit}>{`The first ${countText(list.length)} of ${countText(total)} are listed, and marked in the tree.`}</p>
      )}
    </div>
  );
}

function FindingRow(props: {
  id: string;
  finding: Finding;
  path: string;
  base: number;
  isSelected: boolean;
  place: { readonly top: number; readonly position: number; readonly count: number };
  onChoose: () => void;
}) {
  const { finding, path, place } = props;
  const text = `expected ${finding.expected}, found ${finding.found}`;
  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- the list has the focus and names the option with aria-activedescendant
    <div
      id={props.id}
      className={cx(s.row, props.isSelected && s.selected)}
      role="option"
      aria-selected={props.isSelected}
      aria-posinset={place.position}
      aria-setsize={place.count}
      style={{ insetBlockStart: place.top }}
      onPointerDown={(event) => {
        if (event.button === 0) props.onChoose();
      }}
    >
      <SeverityIcon severity={finding.severity} />
      <span className={s.severity}>{finding.severity}</span>
      <span className={s.offset}>{hexOffset(finding.offset + props.base)}</span>
      {path !== "" && (
        <span className={s.path} title={path}>
          {path}
        </span>
      )}
      <span className={s.text} title={text}>
        {text}
      </span>
    </div>
  );
}
