import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import { cx } from "#lib/cx.ts";
import { Tip } from "./tooltip.tsx";
import s from "./segmented.module.css";

/** One key of a segmented control. A disabled key says in `tip` why. */
export interface Segment<Id extends string = string> {
  readonly id: Id;
  readonly label: string;
  readonly tip?: string | undefined;
  readonly isDisabled?: boolean | undefined;
}

/** A tray of keys of which exactly one is chosen: one tab stop, arrow keys choose. */
export function Segmented<Id extends string>(props: {
  label: string;
  segments: readonly Segment<Id>[];
  /** Undefined where none is chosen yet. */
  selected: Id | undefined;
  onSelect: (id: Id) => void;
  size?: "md" | "sm";
  isDisabled?: boolean;
  className?: string | undefined;
}) {
  return (
    <ToggleButtonGroup
      aria-label={props.label}
      className={cx(s.tray, props.size === "sm" && s.sm, props.className)}
      selectionMode="single"
      disallowEmptySelection
      isDisabled={props.isDisabled ?? false}
      selectedKeys={props.selected === undefined ? [] : [props.selected]}
      onSelectionChange={(keys) => {
        const chosen = props.segments.find((segment) => keys.has(segment.id));
        if (chosen && chosen.id !== props.selected) props.onSelect(chosen.id);
      }}
    >
      {props.segments.map((segment) => {
        const key = (
          <ToggleButton key={segment.id} id={segment.id} className={s.key ?? ""} isDisabled={segment.isDisabled ?? false}>
            {segment.label}
          </ToggleButton>
        );
        return segment.tip === undefined ? (
          key
        ) : (
          <Tip key={segment.id} text={segment.tip}>
            {key}
          </Tip>
        );
      })}
    </ToggleButtonGroup>
  );
}
