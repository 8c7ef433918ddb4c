import { cx } from "#lib/cx.ts";
import s from "./lamp.module.css";

/** Disc healthy, triangle degraded, crossed square failing, struck ring evicted, dashed ring last known, ringed dot live. */
export type LampState = "ok" | "warn" | "error" | "off" | "unknown" | "live";

/**
 * A status lamp: its shape alone tells the state. Beside it stands a word or a count; where none does, `label` says it.
 * `quiet` takes the colour away, for a lamp that stands for a kind and not for a state.
 */
export function Lamp({ state, label, quiet = false }: { state: LampState; label?: string | undefined; quiet?: boolean }) {
  const tone = quiet ? s.quiet : state === "off" || state === "unknown" ? undefined : s[state];
  return (
    <svg
      className={cx(s.lamp, tone)}
      viewBox="0 0 10 10"
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      {shape(state)}
    </svg>
  );
}

function shape(state: LampState) {
  switch (state) {
    case "ok":
      return <circle cx="5" cy="5" r="3.5" fill="currentColor" />;
    case "warn":
      return <path d="M5 1.2 9.2 8.8H.8Z" fill="currentColor" />;
    case "error":
      return (
        <>
          <rect x="1.4" y="1.4" width="7.2" height="7.2" rx="1" fill="currentColor" />
          <path className={s.cross} d="M3.4 3.4l3.2 3.2M6.6 3.4 3.4 6.6" strokeWidth="1.1" />
        </>
      );
    case "off":
      return (
        <g fill="none" stroke="currentColor" strokeWidth="1.2">
          <circle cx="5" cy="5" r="3.3" />
          <path d="M2.7 7.3l4.6-4.6" />
        </g>
      );
    case "unknown":
      return <circle cx="5" cy="5" r="3.3" fill="none" stroke="currentColor" strokeWidth="1.2" strokeDasharray="2 1.4" />;
    case "live":
      return (
        <>
          <circle cx="5" cy="5" r="2.1" fill="currentColor" />
          <circle cx="5" cy="5" r="4.2" fill="none" stroke="currentColor" strokeWidth="1" />
        </>
      );
  }
}
