import type { ReactNode } from "react";
import { HexGrid } from "#ui/hex-grid.tsx";
import { CheckStrip } from "./check-strip.tsx";
import { DockCrumbs } from "./dock-crumbs.tsx";
import { FindingsStrip } from "./findings-strip.tsx";
import { MessagePanel } from "./message-panel.tsx";
import { NoTree } from "./no-tree.tsx";
import { ProvenanceStrip } from "./provenance-strip.tsx";
import { ReadingsPanel } from "./readings-panel.tsx";
import type { WireView } from "./use-wire-view.ts";
import { WireTree } from "./wire-tree.tsx";
import s from "./wire-dock.module.css";

/** Hex grid, readings, wire tree and crumbs of one message in lock step. It fills its container, which must be an inline-size container. */
export function WireBody(props: {
  view: WireView;
  /** Accessible name of the grid. */
  label: string;
  /** Enter on a byte or row. Absent, Enter on a row goes to its bytes. */
  onShowInForm?: ((path: string) => void) | undefined;
  /** For a compressed message: whether its bytes are shown as they were sent. */
  showsCompressed: boolean;
  onShowsCompressed: (showsCompressed: boolean) => void;
  /** Stands in place of the wire tree. */
  aside?: ReactNode;
}) {
  const { view, onShowInForm } = props;
  const { inspected, index, base, hex, selection, findings, near, channelOf, model, attach, part } = view;
  const { record } = selection;
  if (inspected.kind !== "bytes") return <p className={s.absent}>{inspected.kind === "absent" ? inspected.reason : "Decompressing"}</p>;
  const showInForm = (): void => {
    if (record !== undefined && index !== undefined) onShowInForm?.(index.pathOf(record));
  };
  const goToBytes = (): void => {
    view.focus("grid");
  };
  const { check, treeProblem } = inspected;
  const hasAside = index !== undefined || check !== undefined || inspected.text !== undefined || props.aside !== undefined;
  return (
    <>
      <div ref={attach} className={s.body} data-part={part} data-only={hasAside ? undefined : ""}>
        <div className={s.hex}>
          {inspected.problem !== undefined && (
            <p className={s.problem} role="status">
              {inspected.problem}
            </p>
          )}
          {inspected.packed !== undefined && (
            <ProvenanceStrip
              view={view}
              packed={inspected.packed}
              showsCompressed={props.showsCompressed}
              onShowsCompressed={props.onShowsCompressed}
            />
          )}
          {check !== undefined && <CheckStrip check={check} />}
          <HexGrid
            label={props.label}
            className={s.grid}
            bytes={hex}
            partAt={view.partAt}
            selected={selection.range}
            near={near === undefined ? undefined : { start: near.start + base, end: near.end + base }}
            caret={selection.caret}
            anchor={selection.anchor}
            onCaret={view.moveCaret}
            onHover={(offset) => {
              const under = offset === undefined || offset < base ? undefined : index?.partAt(offset - base)?.record;
              if (under?.start !== near?.start || under?.end !== near?.end) view.setNear(under);
            }}
            onNextField={selection.step}
            onEnter={showInForm}
            onEscape={() => {
              view.focus("treegrid");
            }}
          />
          {index !== undefined && record !== undefined ? (
            <ReadingsPanel
              index={index}
              record={record}
              channel={channelOf(record)}
              onReadAs={(as) => {
                view.readAs(record, as);
              }}
            />
          ) : index === undefined && check === undefined && inspected.frame?.flags === undefined ? null : (
            <MessagePanel index={index} check={check} findings={findings?.ranges} frame={inspected.frame} bytes={hex} base={base} />
          )}
        </div>
        {hasAside && (
          <div className={s.side}>
            {findings !== undefined && <FindingsStrip findings={findings} index={index} base={base} onEnter={goToBytes} />}
            <div className={s.beside}>
              {props.aside ??
                (index !== undefined && model !== undefined && (
                  <WireTree
                    index={index}
                    model={model}
                    base={base}
                    channelOf={channelOf}
                    selected={record}
                    findings={findings?.ranges}
                    near={near}
                    onSelect={view.select}
                    onHover={view.setNear}
                    onFold={view.fold}
                    onEnter={onShowInForm === undefined ? goToBytes : showInForm}
                  />
                ))}
              {props.aside === undefined && index === undefined && check !== undefined && <NoTree check={check} problem={treeProblem} />}
              {props.aside === undefined && inspected.text !== undefined && (
                <textarea className={s.text} aria-label={inspected.text.title} readOnly value={inspected.text.body} spellCheck="false" />
              )}
            </div>
          </div>
        )}
      </div>
      {index !== undefined && (
        <DockCrumbs
          index={index}
          record={record}
          range={view.range}
          channelOf={channelOf}
          onSelect={view.select}
          message={view.message}
          canShowInForm={onShowInForm !== undefined}
        />
      )}
    </>
  );
}
