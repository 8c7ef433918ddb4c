import { useRef, useState, useLayoutEffect, type ReactNode } from "react";
import { useStoredSize } from "#data/preferences.ts";
import { Splitter } from "#ui/splitter.tsx";
import { cx } from "#lib/cx.ts";
import s from "./call.module.css";

const minPanePx = 300;

/** Two panes side by side with a line to drag. Until it is dragged the second is `secondPx` wide, or the room is shared equally. */
export function SplitPanes(props: { name: string; label: string; first: ReactNode; second: ReactNode; secondPx?: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [stored, setStored] = useStoredSize(`split-${props.name}`, 0);
  useLayoutEffect(() => {
    const element = box.current?.parentElement;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => {
      observer.disconnect();
    };
  }, []);
  const usual = props.secondPx ?? Math.round(width / 2);
  const size = Math.max(minPanePx, Math.min(stored === 0 ? usual : stored, width - minPanePx));
  return (
    <>
      <div className={s.first} ref={box}>
        {props.first}
      </div>
      <Splitter
        label={props.label}
        orientation="vertical"
        size={size}
        min={minPanePx}
        max={width - minPanePx}
        initial={usual}
        measures="after"
        onResize={(next) => {
          setStored(next === usual ? 0 : next);
        }}
      />
      <div className={cx(s.second)} style={{ inlineSize: size }}>
        {props.second}
      </div>
    </>
  );
}
