import type { CallSnapshot } from "#data/call-state.ts";
import { useNow } from "#lib/use-now.ts";
import { Icon } from "#ui/icon.tsx";
import { chartBuckets, chartModel } from "./chart-model.ts";
import s from "./gap-chart.module.css";

const width = 1000;
const axis = 21;
const barPx = 22;
const heightPx = 50;
const everyMs = 250;

/** When messages went and came: sent above the line, received below it, the longest gap marked, the pause as a band. */
export function GapChart({ snapshot }: { snapshot: CallSnapshot }) {
  const clock = useNow(everyMs);
  const { state, startedAt, messages, pausedSince } = snapshot;
  if (state.kind === "idle") return undefined;
  const now = state.kind === "ended" ? state.endedAt : state.since + Math.max(0, clock - startedAt);
  const model = chartModel(messages, state.since, now);
  const x = (share: number) => share * width;
  const barWidth = width / chartBuckets - 1.6;
  const pausedAt = pausedSince === undefined ? undefined : Math.min(1, Math.max(0, (pausedSince - state.since) / model.totalMs));
  return (
    <figure className={s.chart} aria-label="Messages over time">
      <figcaption className={s.caption}>
        <span>
          <Icon name="out" size={14} />
          sent
        </span>
        <span>
          <Icon name="in" size={14} />
          received
        </span>
      </figcaption>
      <svg className={s.plot} viewBox={`0 0 ${width} ${heightPx}`} preserveAspectRatio="none" role="img" aria-label={model.summary}>
        {model.ticks.map(({ at, text }) => (
          <path key={text} className={s.grid} d={`M${x(at)} 0V${heightPx}`} />
        ))}
        {pausedAt !== undefined && <rect className={s.pause} x={x(pausedAt)} y="0" width={width - x(pausedAt)} height={heightPx} />}
        <path className={s.axis} d={`M0 ${axis}H${width}`} />
        {model.sent.map(({ at, height }) => (
          <rect key={at} className={s.sent} x={x(at)} y={axis - 2 - height * (axis - 6)} width={barWidth} height={height * (axis - 6)} />
        ))}
        {model.received.map(({ at, height }) => (
          <rect key={at} className={s.received} x={x(at)} y={axis + 2} width={barWidth} height={height * barPx} />
        ))}
        {model.gap && <path className={s.gap} d={`M${x(model.gap.from)} ${axis + 6}v6m0 -3H${x(model.gap.to)}m0 -3v6`} />}
      </svg>
      <div className={s.labels} aria-hidden="true">
        {model.ticks.map(({ at, text }) => (
          <span key={text} style={{ insetInlineStart: `${at * 100}%` }}>
            {text}
          </span>
        ))}
        {model.gap && <b style={{ insetInlineStart: `${model.gap.from * 100}%` }}>{model.gap.text}</b>}
      </div>
    </figure>
  );
}
