import { useEffect, useRef } from "react";
import { IconButton } from "#ui/button.tsx";
import { Input } from "#ui/input.tsx";
import text from "#ui/text.module.css";
import s from "./response.module.css";

/** Finds text in what is shown: Enter goes on, Shift Enter back, Escape closes. */
export function FindBar(props: {
  query: string;
  onQuery: (query: string) => void;
  /** Matches, and which of them is shown, from 0. */
  count: number;
  at: number;
  onStep: (step: 1 | -1) => void;
  onClose: () => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
  }, []);
  return (
    <search className={s.find}>
      <Input
        inputRef={input}
        label="Find in response"
        placeholder="Find in response"
        size="sm"
        icon="search"
        type="search"
        value={props.query}
        onChange={props.onQuery}
        onKeyDown={(event) => {
          if (event.key === "Enter") props.onStep(event.shiftKey ? -1 : 1);
          else if (event.key === "Escape") props.onClose();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span className={text.quiet} role="status">
        {props.query === "" ? "" : props.count === 0 ? "nothing found" : `${props.at + 1} of ${props.count.toLocaleString("en-US")}`}
      </span>
      <IconButton label="Previous match" icon="chevron-up" size="sm" isDisabled={props.count === 0} onPress={() => props.onStep(-1)} />
      <IconButton label="Next match" icon="chevron-down" size="sm" isDisabled={props.count === 0} onPress={() => props.onStep(1)} />
      <IconButton label="Close find" icon="x" size="sm" onPress={props.onClose} />
    </search>
  );
}
