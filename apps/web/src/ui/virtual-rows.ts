import { useCallback, useLayoutEffect, useRef, useState } from "react";

/** Browsers stop laying out at about 33 million pixels; above this the scrollbar stands for the position by ratio. */
const maxSpacerPx = 8_000_000;
const overscan = 3;

/** Rows of one height, of which only those in sight are drawn. */
export interface VirtualRows {
  /** For the element that scrolls. */
  readonly scroller: (element: HTMLElement | null) => void;
  /** First row to draw, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Height of the element that holds the rows. */
  readonly spacerPx: number;
  /** Where a row stands in that element. */
  readonly top: (row: number) => number;
  /** Rows that fit into the view, at least 1. */
  readonly pageRows: number;
  /** Inner width of the scroller, 0 before it is measured. */
  readonly widthPx: number;
  /** Scrolls as little as possible until the row is in sight. */
  readonly reveal: (row: number) => void;
}

/**
 * Windows rows of `rowPx`; `headPx` of the scroller is covered by a sticky head. Works for any number of rows. `countIn` tells how many there
 * are when the scroller is so many px wide (0 before it is measured).
 */
export function useVirtualRows(countIn: (widthPx: number) => number, rowPx: number, headPx = 0): VirtualRows {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [box, setBox] = useState({ height: 0, width: 0 });
  // `top` is the exact position behind a scrollTop that the browser rounded, for rows squeezed by ratio.
  const [scroll, setScroll] = useState<{ scrollTop: number; top: number | undefined }>({ scrollTop: 0, top: 0 });

  const count = countIn(box.width);
  const view = Math.max(box.height - headPx, rowPx);
  const total = count * rowPx;
  const spacerPx = Math.min(total, maxSpacerPx);
  const ratio = total <= spacerPx ? 1 : (total - view) / Math.max(spacerPx - view, 1);
  const position = Math.max(0, Math.min(scroll.top ?? scroll.scrollTop * ratio, Math.max(0, total - view)));
  const shift = scroll.scrollTop - position;

  const latest = useRef({ view, total, ratio, position });
  useLayoutEffect(() => {
    latest.current = { view, total, ratio, position };
  });

  const scrollTo = useCallback(
    (wanted: number) => {
      if (!element) return;
      const { view: viewPx, total: totalPx, ratio: scale } = latest.current;
      const top = Math.max(0, Math.min(wanted, totalPx - viewPx));
      element.scrollTo({ top: top / scale, behavior: "instant" });
      latest.current.position = top;
      setScroll({ scrollTop: element.scrollTop, top });
    },
    [element],
  );

  useLayoutEffect(() => {
    if (!element) return;
    const onScroll = (): void => {
      setScroll((before) => (before.scrollTop === element.scrollTop ? before : { scrollTop: element.scrollTop, top: undefined }));
    };
    const onWheel = (event: WheelEvent): void => {
      if (latest.current.ratio === 1 || event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      scrollTo(latest.current.position + event.deltaY * (event.deltaMode === 1 ? rowPx : 1));
    };
    const measure = (): void => {
      setBox({ height: element.clientHeight, width: element.clientWidth });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", onScroll, { passive: true });
    element.addEventListener("wheel", onWheel, { passive: false });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", onScroll);
      element.removeEventListener("wheel", onWheel);
    };
  }, [element, rowPx, scrollTo]);

  const reveal = useCallback(
    (row: number) => {
      const { position: top, view: viewPx } = latest.current;
      if (!element || element.clientHeight === 0) return;
      if (row * rowPx < top) scrollTo(row * rowPx);
      else if ((row + 1) * rowPx > top + viewPx) scrollTo((row + 1) * rowPx - viewPx);
    },
    [element, rowPx, scrollTo],
  );

  return {
    scroller: setElement,
    first: Math.max(0, Math.min(Math.floor(position / rowPx) - overscan, count)),
    end: Math.min(count, Math.ceil((position + view) / rowPx) + overscan),
    spacerPx,
    top: (row) => row * rowPx + shift,
    pageRows: Math.max(1, Math.floor(view / rowPx)),
    widthPx: box.width,
    reveal,
  };
}
