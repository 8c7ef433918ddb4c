import { cx } from "#lib/cx.ts";
import text from "./text.module.css";
import s from "./dotted-name.module.css";

/**
 * A full protobuf name with its package in quiet ink. With `giveWay` the package is shortened before the name where room is short; the element
 * around it then needs a label of its own, because screen readers would part the two.
 */
export function DottedName({ name, giveWay = false }: { name: string; giveWay?: boolean }) {
  const cut = name.lastIndexOf(".") + 1;
  return (
    <span className={cx(giveWay && s.name)}>
      {cut > 0 && <span className={giveWay ? s.package : text.quiet}>{name.slice(0, cut)}</span>}
      <span className={cx(giveWay && s.short)}>{name.slice(cut)}</span>
    </span>
  );
}
