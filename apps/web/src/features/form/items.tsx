import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { useForm } from "./form-context.ts";
import s from "./form.module.css";
import { type FieldProps, Fold, Row } from "./row.tsx";

/** Longer lists and maps draw only what is in sight. */
const maxDrawn = 200;
const itemHeight = 28;

/** The line of a list or map: how many there are, what adds one, and whether they are shown below. */
export function ItemsRow(
  props: FieldProps & {
    readonly isOpen: boolean;
    readonly count: number;
    /** What is counted: items, entries. */
    readonly noun: string;
    readonly children: (notesId: string) => ReactNode;
  },
) {
  const { path, count, isOpen, noun, children, ...rest } = props;
  const { store } = useForm();
  return (
    <Row
      {...rest}
      path={path}
      isPresent={false}
      isOpen={isOpen}
      count={count}
      mark={
        count > 0 && (
          <Fold
            label={`${path}, ${count} ${noun}`}
            isOpen={isOpen}
            onToggle={() => {
              store.setOpen(path, !isOpen);
            }}
          />
        )
      }
    >
      {children}
    </Row>
  );
}

interface ItemsProps {
  readonly count: number;
  readonly draw: (index: number) => ReactNode;
  /** Is scrolled into view when it changes. */
  readonly shown: number | undefined;
  /** How many are drawn whether they are in sight or not. */
  readonly maxDrawn?: number;
}

/** Items one below the other. */
export function Items(props: ItemsProps) {
  if (props.count > (props.maxDrawn ?? maxDrawn)) return <VirtualItems {...props} />;
  return Array.from({ length: props.count }, (_, index) => (
    // The place is the identity: items have none of their own, and keys of maps are edited in place.
    // oxlint-disable-next-line react/no-array-index-key
    <div key={index}>{props.draw(index)}</div>
  ));
}

function VirtualItems({ count, draw, shown }: ItemsProps) {
  const { scroller } = useForm();
  const holder = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  // Rows above may have grown: the place is measured after every rendering, and set only when it is another.
  // oxlint-disable-next-line react/exhaustive-deps
  useLayoutEffect(() => {
    const [outer, inner] = [scroller, holder.current];
    if (outer === null || inner === null) return;
    const next = inner.getBoundingClientRect().top - outer.getBoundingClientRect().top + outer.scrollTop;
    if (Math.abs(next - margin) > 1) setMargin(next);
  });
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller,
    estimateSize: () => itemHeight,
    scrollMargin: margin,
    overscan: 10,
  });
  useLayoutEffect(() => {
    if (shown !== undefined && shown < count) virtual.scrollToIndex(shown, { align: "auto" });
    // Only a new selection scrolls, not a new measure.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [shown]);
  return (
    <div ref={holder} className={s.virtual} style={{ blockSize: `${virtual.getTotalSize()}px` }}>
      {virtual.getVirtualItems().map((entry) => (
        <div
          key={entry.index}
          data-index={entry.index}
          ref={virtual.measureElement}
          className={s.virtualItem}
          style={{ transform: `translateY(${entry.start - margin}px)` }}
        >
          {draw(entry.index)}
        </div>
      ))}
    </div>
  );
}
