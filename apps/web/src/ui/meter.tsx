import { cx } from "#lib/cx.ts";
import s from "./meter.module.css";

const segments = 8;
/** Below this share the meter turns amber. */
const warnBelow = 0.3;

/** Eight segments like the LEDs of a level meter. `left` undefined means the level is not known: hatched. */
export function Meter({ label, left, total, text }: { label: string; left: number | undefined; total: number; text: string }) {
  if (left === undefined) return <span className={cx(s.meter, s.stale)} role="img" aria-label={`${label}: ${text}`} title={text} />;
  const share = total > 0 ? Math.min(1, Math.max(0, left / total)) : 0;
  const lit = Math.min(segments, Math.ceil(share * segments));
  return (
    <span
      className={cx(s.meter, share < warnBelow && s.warn)}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={Math.max(0, Math.round(left))}
      aria-valuetext={text}
      title={text}
    >
      <span className={s.fill} style={{ inlineSize: `${Math.max(0, lit * 6 - 1)}px` }} />
    </span>
  );
}
