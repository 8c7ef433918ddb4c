import { useEffect, useState, type KeyboardEvent, type ReactNode } from "react";
import type { LoggedMessage } from "#data/call-state.ts";
import { bytesText } from "#lib/format.ts";
import { cx } from "#lib/cx.ts";
import { Icon } from "#ui/icon.tsx";
import { rowForKey } from "#ui/row-keys.ts";
import { useVirtualRows } from "#ui/virtual-rows.ts";
import { clockText, gapText } from "./stream-time.ts";
import { Preview } from "./preview.tsx";
import type { MessageTypes } from "./message-filter.ts";
import s from "./stream.module.css";

const rowPx = 20;
const headPx = 24;
/** A gap from here on is marked. */
const longGapMs = 1_000;

/** The messages of a stream, newest last. 100,000 stay smooth: only the rows in sight are drawn. */
export function MessageList(props: {
  messages: readonly LoggedMessage[];
  /** Changes with every message; `messages` may grow in place. */
  messageCount: number;
  /** `performance.now()` of the call's start. */
  since: number;
  types: MessageTypes;
  selected: LoggedMessage | undefined;
  onSelect: (message: LoggedMessage) => void;
  following: boolean;
  onFollow: (following: boolean) => void;
  /** Said in place of rows. */
  empty: ReactNode;
  /** Stands below the newest row: paused, or how the call ended. */
  end: ReactNode;
}) {
  const { messages, selected, following, onFollow } = props;
  const { scroller, spacerPx, first, end, top, pageRows, reveal } = useVirtualRows(() => messages.length, rowPx, headPx);
  const [caret, setCaret] = useState(0);
  const count = messages.length;

  useEffect(() => {
    if (following && count > 0) reveal(count - 1);
  }, [following, count, props.messageCount, reveal]);

  const go = (at: number) => {
    const message = messages[at];
    setCaret(at);
    if (message) props.onSelect(message);
    reveal(at);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = selected === undefined ? caret : Math.max(0, messages.lastIndexOf(selected));
    const row = rowForKey(event.key, { at: from, count, pageRows });
    if (row === undefined) return;
    go(row);
    onFollow(event.key === "End");
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      className={s.list}
      role="grid"
      aria-label="Messages"
      aria-rowcount={count}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]")?.dataset["row"] : undefined;
        const message = row === undefined ? undefined : messages[Number(row)];
        if (message === undefined) return;
        setCaret(Number(row));
        props.onSelect(message);
      }}
      onWheel={(event) => {
        if (event.deltaY < 0) onFollow(false);
      }}
      onTouchMove={() => {
        onFollow(false);
      }}
    >
      <div className={s.listHead} role="row">
        <span role="columnheader">#</span>
        <span role="columnheader">Direction</span>
        <span role="columnheader">At</span>
        <span role="columnheader">Gap</span>
        <span role="columnheader">Size</span>
        <span role="columnheader">Message</span>
      </div>
      {count === 0 ? (
        <div className={s.listEmpty}>{props.empty}</div>
      ) : (
        <div className={s.space} style={{ blockSize: spacerPx }} role="rowgroup">
          {messages.slice(first, end).map((message, offset) => {
            const at = first + offset;
            const before = messages[at - 1];
            const gap = before === undefined ? undefined : message.at - before.at;
            return (
              <div
                key={`${message.direction}${message.number}`}
                role="row"
                aria-rowindex={at + 1}
                aria-selected={message === selected}
                className={cx(s.row, message.direction === "sent" && s.sent)}
                style={{ insetBlockStart: top(at) }}
                data-row={at}
              >
                <span role="gridcell" className={cx(s.mono, s.quiet)}>
                  {message.number}
                </span>
                <span role="gridcell" className={s.direction}>
                  <Icon name={message.direction === "sent" ? "out" : "in"} size={14} />
                  <span>{message.direction}</span>
                </span>
                <span role="gridcell" className={s.mono}>
                  {clockText(message.at - props.since)}
                </span>
                <span role="gridcell" className={cx(s.mono, s.gap, gap !== undefined && gap >= longGapMs && s.long)}>
                  {gap === undefined ? "" : gapText(gap)}
                </span>
                <span role="gridcell" className={s.mono}>
                  {bytesText(message.wireSize)}
                </span>
                <span role="gridcell" className={cx(s.mono, s.preview)}>
                  <Preview message={message} types={props.types} />
                </span>
              </div>
            );
          })}
        </div>
      )}
      {props.end}
    </div>
  );
}
