import { cx } from "#lib/cx.ts";
import { iconPaths, type IconName } from "./icon-paths.ts";
import s from "./icon.module.css";

export type { IconName } from "./icon-paths.ts";

/** An icon of the set. Always decoration: the control around it carries the name. */
export function Icon({ name, size = 16, className }: { name: IconName; size?: 12 | 14 | 16 | 18; className?: string | undefined }) {
  const sized = size === 16 ? undefined : s[`s${size}`];
  return (
    <svg className={cx(s.icon, sized, className)} viewBox="0 0 16 16" aria-hidden="true">
      {name === "theme" ? (
        <>
          <path d="M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0Z" />
          <path d="M8 2.5a5.5 5.5 0 0 1 0 11Z" fill="currentColor" stroke="none" />
        </>
      ) : name === "more" || name === "grip" ? (
        <g fill="currentColor" stroke="none">
          {dots[name].map(([cx_, cy]) => (
            <circle key={`${cx_} ${cy}`} cx={cx_} cy={cy} r={name === "more" ? 1.1 : 0.9} />
          ))}
        </g>
      ) : (
        <path d={iconPaths[name]} />
      )}
    </svg>
  );
}

const dots = {
  more: [
    [3.75, 8],
    [8, 8],
    [12.25, 8],
  ],
  grip: [
    [6, 4],
    [10, 4],
    [6, 8],
    [10, 8],
    [6, 12],
    [10, 12],
  ],
} as const;

/** The mark of rpcdeck: a deck with two jacks and a cord. */
export function Logo() {
  return (
    <svg className={s.logo} viewBox="0 0 20 20" aria-hidden="true">
      <rect width="20" height="20" rx="4" fill="currentColor" />
      <g className={s.jacks} fill="none" strokeWidth="1.4">
        <circle cx="5.75" cy="5.75" r="2" />
        <circle cx="14.25" cy="14.25" r="2" />
      </g>
      <path className={s.cord} d="M5.75 8v1.25c0 1.2.8 1.75 2 1.75h4.5c1.2 0 2 .55 2 1.75" fill="none" strokeWidth="1.6" />
      <g className={s.rest}>
        <circle cx="14.25" cy="5.75" r="1" />
        <circle cx="5.75" cy="14.25" r="1" />
      </g>
    </svg>
  );
}
