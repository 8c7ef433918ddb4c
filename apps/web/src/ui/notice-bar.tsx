import type { ReactNode } from "react";
import { cx } from "#lib/cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import s from "./notice-bar.module.css";

const icons: Record<"info" | "warn" | "error", IconName> = { info: "info", warn: "alert", error: "x-circle" };

/** A bar over a pane: a fact in bold, the reason, and the way out. Fact and reason are announced politely; `extra`, such as a countdown, is not. */
export function NoticeBar(props: {
  tone: "info" | "warn" | "error";
  fact: string;
  reason?: ReactNode;
  extra?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={cx(s.notice, props.tone !== "info" && s[props.tone])}>
      <Icon name={icons[props.tone]} />
      <span className={s.words} role="status">
        <span className={s.fact}>{props.fact}</span> <span>{props.reason}</span>
      </span>
      {props.extra !== undefined && <span className={s.extra}>{props.extra}</span>}
      {props.action !== undefined && <span className={s.action}>{props.action}</span>}
    </div>
  );
}
