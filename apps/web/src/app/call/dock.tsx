import { lazy, Suspense, useState } from "react";
import { askProtoc } from "#data/ask-protoc.ts";
import { decompress } from "#data/decompress.ts";
import { useStoredSize } from "#data/preferences.ts";
import type { Selection } from "#data/selection.ts";
import type { DockSize, WireLeg } from "#features/inspector/types.ts";
import { cx } from "#lib/cx.ts";
import { useMedia } from "#lib/use-media.ts";
import { Splitter } from "#ui/splitter.tsx";
import { useShortcuts } from "../use-shortcuts.ts";
import type { CallModel } from "./use-call.ts";
import s from "./call.module.css";

const WireDock = lazy(async () => ({ default: (await import("#features/inspector/wire-dock.tsx")).WireDock }));

const usualPx = 306;
const lowWindowPx = 240;
const minPx = 120;
const collapsedPx = 33;
/** What the panes above keep. */
const panesPx = 220;

/** Whether the wire inspector stands open, kept with the sizes: 0 is folded away. */
export function useDockOpen(kind: CallModel["kind"]): ReturnType<typeof useStoredSize> {
  return useStoredSize(kind === "unary" ? "dock-open" : "dock-open-stream", kind === "unary" ? 1 : 0);
}

/** The wire inspector below the panes, with the line that sizes it. */
export function Dock(props: {
  legs: readonly WireLeg[];
  call: CallModel;
  selection: Selection & { select: (path: string | undefined, side: Selection["side"]) => void };
  onShowInForm: (path: string) => void;
  onInspect: (bytes: Uint8Array, typeName: string, path: string | undefined) => void;
  /** It has the screen for itself. */
  isWhole: boolean;
}) {
  const { selection, call, isWhole } = props;
  const isLow = useMedia("(max-height: 699px)");
  const initial = isLow ? lowWindowPx : usualPx;
  const [stored, setStored] = useStoredSize("dock", usualPx);
  const [open, setOpen] = useDockOpen(call.kind);
  const [isExpanded, setExpanded] = useState(false);
  const size: DockSize = isWhole || isExpanded ? "expanded" : open === 0 ? "collapsed" : "open";
  useShortcuts({
    "Ctrl J": () => {
      setExpanded(false);
      setOpen(open === 0 ? 1 : 0);
    },
  });
  const max = Math.max(minPx, window.innerHeight - panesPx - collapsedPx * 4);
  const px = size === "collapsed" ? collapsedPx : Math.min(isLow ? Math.min(stored, lowWindowPx) : stored, max);
  return (
    <>
      {size === "open" && (
        <Splitter
          label="Resize wire inspector"
          orientation="horizontal"
          size={px}
          min={minPx}
          max={max}
          initial={initial}
          measures="after"
          onResize={setStored}
        />
      )}
      <div
        className={cx(s.dock, isWhole && s.whole)}
        style={isWhole ? {} : { blockSize: size === "expanded" ? "70%" : px }}
        data-pane="wire"
      >
        <Suspense>
          <WireDock
            legs={props.legs}
            requestType={call.input}
            responseType={call.output}
            registry={call.registry}
            askProtoc={askProtoc}
            decompress={decompress}
            selected={selection.path}
            side={selection.side}
            onSelect={(path) => {
              selection.select(path, selection.side);
            }}
            onSideChange={(side) => {
              selection.select(undefined, side);
            }}
            onShowInForm={(path) => {
              if (selection.side === "request") props.onShowInForm(path);
            }}
            onInspect={props.onInspect}
            size={isWhole ? "whole" : size}
            onSizeChange={(next) => {
              setExpanded(next === "expanded");
              setOpen(next === "collapsed" ? 0 : 1);
            }}
          />
        </Suspense>
      </div>
    </>
  );
}
