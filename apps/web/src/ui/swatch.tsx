import type { ReactElement } from "react";
import s from "./swatch.module.css";

const shapes: Readonly<Record<number, ReactElement>> = {
  1: <circle cx="4" cy="4" r="3.4" fill="currentColor" />,
  2: <rect x=".8" y=".8" width="6.4" height="6.4" fill="currentColor" />,
  3: <path d="M4 .6 7.8 7.4H.2Z" fill="currentColor" />,
  4: <path d="M4 0l4 4-4 4-4-4Z" fill="currentColor" />,
  5: <circle cx="4" cy="4" r="2.8" fill="none" stroke="currentColor" strokeWidth="1.7" />,
  6: <path d="M4 .5v7M.5 4h7" stroke="currentColor" strokeWidth="2.3" />,
  7: <path d="M4 7.4.2.6h7.6Z" fill="currentColor" />,
  8: (
    <>
      <path d="M.6 4a3.4 3.4 0 0 1 6.8 0Z" fill="currentColor" />
      <path d="M.6 4a3.4 3.4 0 0 0 6.8 0" fill="none" stroke="currentColor" strokeWidth="1" />
    </>
  ),
};

/** The mark of a field channel, 1 to 8: shape and colour together. Undefined keeps the place empty. */
export function Swatch({ channel }: { channel: number | undefined }) {
  return (
    <svg className={s.swatch} viewBox="0 0 8 8" data-ch={channel} aria-hidden="true">
      {channel === undefined ? null : shapes[((channel - 1) % 8) + 1]}
    </svg>
  );
}
