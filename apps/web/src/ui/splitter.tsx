import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { cx } from "#lib/cx.ts";
import s from "./splitter.module.css";

/** Pixels moved by an arrow key, and by Shift with an arrow key. */
const smallStep = 8;
const largeStep = 64;

export interface SplitterProps {
  label: string;
  /** The line's own direction: a vertical line sits between left and right. */
  orientation: "vertical" | "horizontal";
  /** Size in px of the pane that `grows` names. */
  size: number;
  min: number;
  max: number;
  /** Size after a double-click or Home. */
  initial: number;
  /** Which pane `size` measures: the one before the line, or the one after it. */
  measures?: "before" | "after";
  onResize: (size: number) => void;
  className?: string | undefined;
}

/** The line between two panes: drag it, or use arrows (8 px), Shift with arrows (64 px), Home to reset. */
export function Splitter({ label, orientation, size, min, max, initial, measures = "before", onResize, className }: SplitterProps) {
  const drag = useRef<{ at: number; size: number } | undefined>(undefined);
  const sign = measures === "before" ? 1 : -1;
  const set = (next: number) => {
    const clamped = Math.round(Math.min(Math.max(next, min), Math.max(min, max)));
    if (clamped !== size) onResize(clamped);
  };
  const place = (event: PointerEvent) => (orientation === "vertical" ? event.clientX : event.clientY);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.shiftKey ? largeStep : smallStep;
    const [less, more] = orientation === "vertical" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key === less) set(size - sign * step);
    else if (event.key === more) set(size + sign * step);
    else if (event.key === "Home") set(initial);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const end = (event: PointerEvent<HTMLDivElement>) => {
    drag.current = undefined;
    delete event.currentTarget.dataset["dragging"];
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(size)}
      aria-valuemin={min}
      aria-valuemax={Math.max(min, Math.round(max))}
      className={cx(s.splitter, s[orientation], className)}
      onKeyDown={onKeyDown}
      onDoubleClick={() => {
        set(initial);
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.dataset["dragging"] = "";
        drag.current = { at: place(event), size };
      }}
      onPointerMove={(event) => {
        if (drag.current) set(drag.current.size + sign * (place(event) - drag.current.at));
      }}
      onPointerUp={end}
      onPointerCancel={end}
    />
  );
}
