import { cx } from "#lib/cx.ts";
import s from "./spinner.module.css";

/** The only endless motion of the page. Shows itself after 300 ms; a still arc under reduced motion. Words stand beside it. */
export function Spinner({ className }: { className?: string | undefined }) {
  return <span className={cx(s.spinner, s.late, className)} aria-hidden="true" />;
}
