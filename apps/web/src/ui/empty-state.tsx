import type { ReactNode } from "react";
import { cx } from "#lib/cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import s from "./empty-state.module.css";

/** What stands where nothing is yet: the fact, and below it the way on. */
export function EmptyState({
  icon,
  title,
  children,
  className,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
  className?: string | undefined;
}) {
  return (
    <div className={cx(s.empty, className)}>
      <Icon name={icon} />
      <strong>{title}</strong>
      {children}
    </div>
  );
}
