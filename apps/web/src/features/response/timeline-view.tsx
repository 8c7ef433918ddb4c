import { useMemo } from "react";
import type { CallSnapshot } from "#data/call-state.ts";
import { cx } from "#lib/cx.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { Icon } from "#ui/icon.tsx";
import { useVirtualRows } from "#ui/virtual-rows.ts";
import { timelineRows } from "./timeline-rows.ts";
import s from "./timeline.module.css";

const rowPx = 24;
const headPx = 24;

/** What happened on both legs, when: attempts, headers, body, trailers, ends. Times are the gateway's, from the call's arrival. */
export function TimelineView({ snapshot }: { snapshot: CallSnapshot }) {
  const { trace, traceDone, traceProblem } = snapshot;
  const length = trace.length;
  // The trace grows in place: its length tells of a change.
  // oxlint-disable-next-line react/exhaustive-deps
  const rows = useMemo(() => timelineRows(trace), [trace, length]);
  const total = Math.max(0.001, rows.at(-1)?.toMs ?? 0);
  const { scroller, spacerPx, first, end, top } = useVirtualRows(() => rows.length, rowPx, headPx);
  if (rows.length === 0) {
    return (
      <EmptyState icon="clock" title={traceProblem ?? (traceDone ? "The gateway recorded nothing of this call" : "Nothing recorded yet")}>
        <p>The gateway records both legs of a call while the tunnel is open.</p>
      </EmptyState>
    );
  }
  return (
    <div ref={scroller} className={s.timeline} role="grid" aria-label="Timeline" aria-rowcount={rows.length} tabIndex={0}>
      <div className={s.head} role="row">
        <span role="columnheader">At</span>
        <span role="columnheader">Leg</span>
        <span role="columnheader">What</span>
        <span role="columnheader">0 to {total.toFixed(1)} ms</span>
      </div>
      <div style={{ blockSize: spacerPx }} className={s.space} role="rowgroup">
        {rows.slice(first, end).map((row, offset) => {
          const at = first + offset;
          return (
            <div key={at} role="row" aria-rowindex={at + 1} className={cx(s.row, s[row.tone])} style={{ insetBlockStart: top(at) }}>
              <span role="gridcell" className={s.time}>
                {row.fromMs.toFixed(2)} ms
              </span>
              <span role="gridcell" className={s.leg} data-leg={row.leg}>
                <Icon name={row.direction === "request" ? "out" : "in"} size={14} />
                {row.leg === "inbound" ? "browser" : "backend"}
              </span>
              <span role="gridcell" className={s.what}>
                {row.what} <span className={s.note}>{row.note}</span>
              </span>
              <span role="gridcell" className={s.bar} aria-hidden="true">
                <i
                  style={{
                    insetInlineStart: `${(row.fromMs / total) * 100}%`,
                    inlineSize: `max(2px, ${((row.toMs - row.fromMs) / total) * 100}%)`,
                  }}
                  data-leg={row.leg}
                />
              </span>
            </div>
          );
        })}
      </div>
      {traceProblem !== undefined && <p className={s.foot}>{traceProblem}</p>}
    </div>
  );
}
