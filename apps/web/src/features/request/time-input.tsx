import { type ReactNode, useState } from "react";
import { parseTime, printTime } from "#lib/time-text.ts";
import type { IconName } from "#ui/icon.tsx";
import { Input } from "#ui/input.tsx";

/** A time in words. What is no time, or too long, stays typed and is marked, and changes nothing. */
export function TimeInput(props: {
  label: string;
  showLabel?: boolean;
  icon?: IconName | undefined;
  /** Milliseconds; undefined for none. */
  ms: number | undefined;
  /** Longest that may be typed, in milliseconds. */
  maxMs?: number | undefined;
  onChange: (ms: number | undefined) => void;
  isDisabled?: boolean;
  /** A quiet sentence below. */
  hint?: ReactNode;
  /** What is wrong with it beside what was typed. */
  error?: string | undefined;
  className?: string | undefined;
}) {
  const [typed, setTyped] = useState<string>();
  const read = typed === undefined ? undefined : parseTime(typed, props.maxMs);
  const settle = () => {
    if (read?.ok === true) setTyped(undefined);
  };
  return (
    <Input
      label={props.label}
      showLabel={props.showLabel ?? false}
      icon={props.icon}
      placeholder="none"
      value={typed ?? printTime(props.ms)}
      onChange={(next) => {
        setTyped(next);
        const parsed = parseTime(next, props.maxMs);
        if (parsed.ok) props.onChange(parsed.ms);
      }}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) settle();
      }}
      isDisabled={props.isDisabled ?? false}
      hint={props.hint}
      error={read?.ok === false ? read.problem : props.error}
      className={props.className}
    />
  );
}
