import type { DescMessage } from "@bufbuild/protobuf";
import { useState } from "react";
import { cx } from "#lib/cx.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { besideBytes, type BesideBytes } from "./beside-bytes.tsx";
import { DockLegs } from "./dock-legs.tsx";
import { FitNotice } from "./fit-notice.tsx";
import { CompressionSwitch, FrameSteps } from "./frame-steps.tsx";
import { useReaderNotice } from "./use-reader-notice.ts";
import type { CallSide, LegBytes, WireDockProps, WireLeg } from "./types.ts";
import { useInspected } from "./use-inspected.ts";
import { useWireView } from "./use-wire-view.ts";
import { WireBody } from "./wire-body.tsx";
import { WireTools } from "./wire-tools.tsx";
import s from "./wire-dock.module.css";

/** What stands beside the hex grid. */
type DockPanel = Extract<BesideBytes, "tree" | "sizes" | "canonical" | "readers">;

/**
 * Bytes of a call: legs, directions and frames as outer layers, hex and wire tree of one message in lock step with the form. What a message
 * is made of is shown as it is on the wire; nothing is normalised.
 */
export function WireDock(props: WireDockProps) {
  const { legs, side, registry, size, onSizeChange } = props;
  const [legId, setLegId] = useState<WireLeg["id"] | undefined>(undefined);
  const [frameAt, setFrameAt] = useState(0);
  const [showsCompressed, setShowsCompressed] = useState(false);
  const [panel, setPanel] = useState<DockPanel>("tree");
  const [rawFor, setRawFor] = useState<DescMessage | undefined>(undefined);

  const leg = legs.find(({ id }) => id === legId) ?? legs[0];
  const declared = side === "request" ? props.requestType : props.responseType;
  const bytes = leg?.[side] ?? absent;
  const isRaw = declared !== undefined && rawFor === declared;
  const type = isRaw ? undefined : declared;
  const { inspected, body } = useInspected({
    leg: bytes,
    frameAt,
    showsCompressed,
    type,
    registry,
    decompress: props.decompress,
  });
  const view = useWireView(inspected, props.selected, props.onSelect);
  const index = inspected.kind === "bytes" ? inspected.index : undefined;
  const check = inspected.kind === "bytes" ? inspected.check : undefined;
  const notice = useReaderNotice(index, registry);
  const isOpen = size !== "collapsed";
  // Without the type the fields have other paths.
  const readRawFor = (next: DescMessage | undefined): void => {
    props.onSelect(undefined);
    setRawFor(next);
  };
  const chooseSide = (next: CallSide): void => {
    setFrameAt(0);
    props.onSideChange(next);
  };

  const aside = besideBytes(panel, view, { registry, askProtoc: props.askProtoc, onSelect: props.onSelect });

  return (
    <section className={cx(s.dock, !isOpen && s.collapsed)} aria-label="Wire inspector">
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
            <FrameSteps count={body?.frames.length ?? 0} at={frameAt} onGo={setFrameAt} />
            {inspected.kind === "bytes" && inspected.frame?.isCompressed === true && (
              <CompressionSwitch showsCompressed={showsCompressed} onChange={setShowsCompressed} />
            )}
            <span className={s.note}>
              <span>{inspected.kind === "absent" ? inspected.reason : inspected.note}</span>
            </span>
          </>
        )}
        <span className={s.gap} />
        {isOpen && check !== undefined && (
          <Segmented
            label="Beside the bytes"
            size="sm"
            segments={[
              { id: "tree", label: "Tree" },
              { id: "sizes", label: "Sizes" },
              { id: "canonical", label: "Canonical" },
              notice === undefined
                ? { id: "readers", label: "Readers" }
                : { id: "readers", label: "Readers differ", tip: `protobuf-es reads these bytes otherwise. ${notice}` },
            ]}
            selected={panel}
            onSelect={setPanel}
          />
        )}
        {isOpen && (
          <WireTools view={view}>
            {props.onInspect !== undefined && (
              <IconButton
                label="Inspect the bytes of this message"
                icon="out"
                size="sm"
                isDisabled={index === undefined}
                onPress={() => {
                  if (index !== undefined) props.onInspect?.(index.bytes, type?.typeName ?? "", props.selected);
                }}
              />
            )}
            <IconButton
              label={size === "expanded" ? "Restore" : "Maximise"}
              icon={size === "expanded" ? "collapse" : "maximize"}
              size="sm"
              onPress={() => {
                onSizeChange(size === "expanded" ? "open" : "expanded");
              }}
            />
          </WireTools>
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
      {isOpen && !isRaw && !isCut(bytes) && (
        <FitNotice
          inspected={inspected}
          onReadRaw={() => {
            readRawFor(declared);
          }}
        />
      )}
      {isOpen && isRaw && (
        <NoticeBar
          tone="info"
          fact={`Read without ${declared.typeName}`}
          reason="Fields have numbers, values are guessed."
          action={
            <Button
              size="sm"
              onPress={() => {
                readRawFor(undefined);
              }}
            >
              {`Read as ${declared.name}`}
            </Button>
          }
        />
      )}
      {isOpen && (
        <WireBody
          view={view}
          label={side === "request" ? "Request bytes" : "Response bytes"}
          showsCompressed={showsCompressed}
          onShowsCompressed={setShowsCompressed}
          onShowInForm={props.onShowInForm}
          {...(aside === undefined ? {} : { aside })}
        />
      )}
    </section>
  );
}

/** A body without frames that is not all there says nothing about its type. */
function isCut(leg: LegBytes): boolean {
  return leg.kind === "bytes" && leg.framing === "none" && (leg.droppedBytes > 0 || !leg.isComplete);
}

const absent = { kind: "absent", reason: "No bytes on this leg" } as const;
