import type { WireRecord } from "@rpcdeck/wire";
import { useMemo, useRef, useState } from "react";
import { cx } from "#lib/cx.ts";
import { IconButton } from "#ui/button.tsx";
import { HexGrid, hexOf, type ByteRange } from "#ui/hex-grid.tsx";
import { Input } from "#ui/input.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { DockCrumbs } from "./dock-crumbs.tsx";
import { DockLegs } from "./dock-legs.tsx";
import { createHexParts } from "./hex-parts.ts";
import { parseOffset } from "./parse-offset.ts";
import { MessagePanel, ReadingsPanel } from "./readings-panel.tsx";
import { createChannels } from "./record-channel.ts";
import { createRowModel, type Folds } from "./row-model.ts";
import type { CallSide, WireDockProps, WireLeg } from "./types.ts";
import { useInspected } from "./use-inspected.ts";
import { useSelection } from "./use-selection.ts";
import { WireTree } from "./wire-tree.tsx";
import s from "./wire-dock.module.css";

const nothing = new Uint8Array();
const noFolds: Folds = new Map();

/**
 * Bytes of a call: legs, directions and frames as outer layers, hex and wire tree of one message in lock step with the form. What a message
 * is made of is shown as it is on the wire; nothing is normalised.
 */
export function WireDock(props: WireDockProps) {
  const { legs, side, registry, size, onSizeChange, onShowInForm } = props;
  const [legId, setLegId] = useState<WireLeg["id"] | undefined>(undefined);
  const [frameAt, setFrameAt] = useState(0);
  const [showsCompressed, setShowsCompressed] = useState(false);
  const [folds, setFolds] = useState(noFolds);
  const [near, setNear] = useState<ByteRange | undefined>(undefined);
  const [offsetText, setOffsetText] = useState("");
  const [message, setMessage] = useState<string | undefined>(undefined);
  const [part, setPart] = useState<"bytes" | "tree">("bytes");
  const root = useRef<HTMLElement>(null);

  const leg = legs.find(({ id }) => id === legId) ?? legs[0];
  const legBytes = leg?.[side] ?? absent;
  const type = side === "request" ? props.requestType : props.responseType;
  const { inspected, body } = useInspected({ leg: legBytes, frameAt, showsCompressed, type, registry, decompress: props.decompress });
  const shown = inspected.kind === "bytes" ? inspected : undefined;
  const hex = shown?.hex ?? nothing;
  const base = shown?.base ?? 0;
  const index = shown?.index;

  const channelOf = useMemo(() => (index === undefined ? () => undefined : createChannels(index)), [index]);
  const partAt = useMemo(() => (index === undefined ? undefined : createHexParts(index, base, channelOf)), [index, base, channelOf]);
  const selection = useSelection({ index, base, length: hex.length, selected: props.selected, onSelect: props.onSelect });
  const { record } = selection;
  const opened = useMemo(() => withAncestors(folds, record, (of) => index?.pathOf(of) ?? ""), [folds, record, index]);
  const model = useMemo(() => (index === undefined ? undefined : createRowModel(index, opened)), [index, opened]);

  const frames = body?.frames.length ?? 0;
  const frame = shown?.frame;
  const canUnpack = frame?.isCompressed === true;
  const isOpen = size !== "collapsed";
  const range =
    selection.anchor !== undefined && selection.caret !== undefined && selection.anchor !== selection.caret
      ? span(selection.anchor, selection.caret)
      : selection.range;

  const goTo = (): void => {
    const offset = parseOffset(offsetText);
    if (offset === undefined) setMessage(`"${offsetText}" is no offset`);
    else if (offset >= hex.length)
      setMessage(`No offset 0x${offset.toString(16)}: the last is 0x${Math.max(0, hex.length - 1).toString(16)}`);
    else {
      setMessage(undefined);
      selection.moveCaret(offset, false);
      root.current?.querySelector<HTMLElement>('[role="grid"]')?.focus();
    }
  };
  const showInForm = (): void => {
    if (record !== undefined && index !== undefined) onShowInForm?.(index.pathOf(record));
  };
  const select = (next: WireRecord | undefined): void => {
    setMessage(undefined);
    selection.select(next);
  };
  const fold = (of: WireRecord, willOpen: boolean): void => {
    if (index === undefined) return;
    setFolds(new Map(folds).set(index.pathOf(of), willOpen));
    const isInside = record !== undefined && record !== of && record.start >= of.start && record.end <= of.end;
    if (!willOpen && isInside) select(of);
  };
  const chooseSide = (next: CallSide): void => {
    setFrameAt(0);
    props.onSideChange(next);
  };

  return (
    <section ref={root} className={cx(s.dock, !isOpen && s.collapsed)} aria-label="Wire inspector">
      <div className={s.head}>
        <h2 className={s.title}>Wire</h2>
        <DockLegs
          legs={legs}
          selected={leg?.id}
          onSelect={(id) => {
            setFrameAt(0);
            setLegId(id);
          }}
        />
        {isOpen && (
          <>
            <Segmented
              label="Direction"
              size="sm"
              segments={[
                { id: "request", label: "Request" },
                { id: "response", label: "Response" },
              ]}
              selected={side}
              onSelect={chooseSide}
            />
            {frames > 1 && (
              <span className={s.frames}>
                <IconButton
                  label="Previous frame"
                  icon="chevron-up"
                  size="sm"
                  isDisabled={frameAt <= 0}
                  onPress={() => {
                    setFrameAt(Math.min(frameAt, frames - 1) - 1);
                  }}
                />
                <IconButton
                  label="Next frame"
                  icon="chevron-down"
                  size="sm"
                  isDisabled={frameAt >= frames - 1}
                  onPress={() => {
                    setFrameAt(frameAt + 1);
                  }}
                />
              </span>
            )}
            {canUnpack && (
              <Segmented
                label="Compression"
                size="sm"
                segments={[
                  { id: "message", label: "Message" },
                  { id: "compressed", label: "As sent" },
                ]}
                selected={showsCompressed ? "compressed" : "message"}
                onSelect={(id) => {
                  setShowsCompressed(id === "compressed");
                }}
              />
            )}
            <span className={s.note}>{inspected.kind === "absent" ? inspected.reason : inspected.note}</span>
          </>
        )}
        <span className={s.gap} />
        {isOpen && (
          <div className={s.tools}>
            <div className={s.part}>
              <Segmented
                label="Part of the inspector"
                size="sm"
                segments={[
                  { id: "bytes", label: "Bytes" },
                  { id: "tree", label: "Tree" },
                ]}
                selected={part}
                onSelect={setPart}
              />
            </div>
            <Input
              label="Go to offset"
              placeholder="Go to offset"
              size="sm"
              className={s.goto}
              value={offsetText}
              onChange={setOffsetText}
              onKeyDown={(event) => {
                if (event.key === "Enter") goTo();
              }}
            />
            <IconButton
              label={range === undefined ? "Copy bytes as hex" : "Copy selected bytes as hex"}
              icon="copy"
              size="sm"
              isDisabled={hex.length === 0}
              onPress={() => {
                void navigator.clipboard.writeText(hexOf(hex, range ?? { start: 0, end: hex.length }));
              }}
            />
            <IconButton
              label={size === "expanded" ? "Restore" : "Maximise"}
              icon={size === "expanded" ? "collapse" : "maximize"}
              size="sm"
              onPress={() => {
                onSizeChange(size === "expanded" ? "open" : "expanded");
              }}
            />
          </div>
        )}
        {size !== "whole" && (
          <IconButton
            label={isOpen ? "Fold the wire inspector" : "Open the wire inspector"}
            icon={isOpen ? "chevron-down" : "chevron-up"}
            size="sm"
            onPress={() => {
              onSizeChange(isOpen ? "collapsed" : "open");
            }}
          />
        )}
        {props.onClose !== undefined && <IconButton label="Close wire inspector" icon="x" size="sm" onPress={props.onClose} />}
      </div>
      {isOpen && inspected.kind === "bytes" && (
        <div className={s.body} data-part={part} data-only={index === undefined && shown?.text === undefined ? "" : undefined}>
          <div className={s.hex}>
            {shown?.problem !== undefined && (
              <p className={s.problem} role="status">
                {shown.problem}
              </p>
            )}
            <HexGrid
              label={side === "request" ? "Request bytes" : "Response bytes"}
              className={s.grid}
              bytes={hex}
              partAt={partAt}
              selected={selection.range}
              near={near === undefined ? undefined : { start: near.start + base, end: near.end + base }}
              caret={selection.caret}
              anchor={selection.anchor}
              onCaret={(offset, isExtending) => {
                setMessage(undefined);
                selection.moveCaret(offset, isExtending);
              }}
              onHover={(offset) => {
                const under = offset === undefined || offset < base ? undefined : index?.partAt(offset - base)?.record;
                if (under?.start !== near?.start || under?.end !== near?.end) setNear(under);
              }}
              onNextField={selection.step}
              onEnter={showInForm}
              onEscape={() => root.current?.querySelector<HTMLElement>('[role="treegrid"]')?.focus()}
            />
            {index !== undefined && record !== undefined ? (
              <ReadingsPanel index={index} record={record} channel={channelOf(record)} />
            ) : index === undefined && frame?.flags === undefined ? null : (
              <MessagePanel index={index} frame={frame} bytes={hex} />
            )}
          </div>
          {index !== undefined && model !== undefined && (
            <WireTree
              index={index}
              model={model}
              base={base}
              channelOf={channelOf}
              selected={record}
              near={near}
              onSelect={select}
              onHover={(of) => {
                setNear(of);
              }}
              onFold={fold}
              onEnter={showInForm}
            />
          )}
          {shown?.text !== undefined && (
            <textarea className={s.text} aria-label={shown.text.title} readOnly value={shown.text.body} spellCheck="false" />
          )}
        </div>
      )}
      {isOpen && inspected.kind !== "bytes" && (
        <p className={s.absent}>{inspected.kind === "absent" ? inspected.reason : "Decompressing"}</p>
      )}
      {isOpen && index !== undefined && (
        <DockCrumbs
          index={index}
          record={record}
          range={range}
          channelOf={channelOf}
          onSelect={select}
          message={message}
          canShowInForm={onShowInForm !== undefined}
        />
      )}
    </section>
  );
}

const absent = { kind: "absent", reason: "No bytes on this leg" } as const;

function span(one: number, other: number): ByteRange {
  return { start: Math.min(one, other), end: Math.max(one, other) + 1 };
}

/** Folds with everything around `record` open, so that what is selected can be seen. */
function withAncestors(folds: Folds, record: WireRecord | undefined, pathOf: (record: WireRecord) => string): Folds {
  let above = record?.level.parent;
  if (above === undefined) return folds;
  const opened = new Map(folds);
  for (; above !== undefined; above = above.level.parent) opened.set(pathOf(above), true);
  return opened;
}
