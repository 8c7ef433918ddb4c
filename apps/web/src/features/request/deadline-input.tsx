import { useState } from "react";
import { parseDeadline, printDeadline } from "#lib/deadline-text.ts";
import { Input } from "#ui/input.tsx";

/** A deadline in words. What is no time stays typed and is marked, and changes nothing. */
export function DeadlineInput(props: {
  deadlineMs: number | undefined;
  onChange: (deadlineMs: number | undefined) => void;
  isDisabled?: boolean;
  className?: string | undefined;
  showLabel?: boolean;
}) {
  const [typed, setTyped] = useState<string>();
  const read = typed === undefined ? undefined : parseDeadline(typed);
  const settle = () => {
    if (read?.ok === true) setTyped(undefined);
  };
  return (
    <Input
      label="Deadline"
      showLabel={props.showLabel ?? false}
      icon="clock"
      placeholder="none"
      value={typed ?? printDeadline(props.deadlineMs)}
      onChange={(next) => {
        setTyped(next);
        const parsed = parseDeadline(next);
        if (parsed.ok) props.onChange(parsed.ms);
      }}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) settle();
      }}
      isDisabled={props.isDisabled ?? false}
      error={read?.ok === false ? read.problem : undefined}
      className={props.className}
    />
  );
}
