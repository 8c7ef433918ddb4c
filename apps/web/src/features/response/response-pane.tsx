import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { memo, useEffect, useRef, useState } from "react";
import type { CallSnapshot } from "#data/call-state.ts";
import type { TraceLegs } from "#data/trace-legs.ts";
import { messageText } from "#data/message-text.ts";
import { hexOf } from "#lib/hex-of.ts";
import { saveFile } from "#lib/save-file.ts";
import { IconButton } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { Keys } from "#ui/keys.tsx";
import { TabPanel, Tabs } from "#ui/tabs.tsx";
import { BytesView } from "./bytes-view.tsx";
import { ErrorView, type NearName } from "./error-view.tsx";
import { HeadersView } from "./headers-view.tsx";
import { JsonView } from "./json-view.tsx";
import { OutcomeStrip, type Answerer } from "./outcome-strip.tsx";
import { TimelineView } from "./timeline-view.tsx";
import s from "./response.module.css";

/** Views of an answer. */
export type ResponseView = "json" | "bytes" | "headers" | "timeline";

export interface ResponsePaneProps {
  readonly snapshot: CallSnapshot | undefined;
  readonly legs: TraceLegs;
  readonly answerer: Answerer | undefined;
  readonly desc: DescMessage | undefined;
  readonly registry: Registry | undefined;
  readonly view: ResponseView;
  readonly onView: (view: ResponseView) => void;
  /** Selected field of the answer, and the same path selected in the request. */
  readonly selected: string | undefined;
  readonly echo: string | undefined;
  readonly onSelect: (path: string) => void;
  readonly onCancel: () => void;
  readonly onGoToField: (path: string) => void;
  /** Calls the name that was probably meant. */
  readonly onNear: (near: NearName) => void;
  /** Opens bytes of an error detail or a `-bin` value with their message type, "" for none. */
  readonly onInspect: (bytes: Uint8Array, typeName: string) => void;
  /** File name without extension for what is saved. */
  readonly saveAs: string;
}

const tabs = [
  { id: "json", label: "JSON" },
  { id: "bytes", label: "Bytes" },
  { id: "headers", label: "Headers & trailers" },
  { id: "timeline", label: "Timeline" },
] as const;

/** What a unary call answered: outcome, message, headers and what happened on the way. */
export const ResponsePane = memo(function ResponsePane(props: ResponsePaneProps) {
  const { snapshot, view } = props;
  const [isFinding, setFinding] = useState(false);
  const pane = useRef<HTMLElement>(null);
  const message = snapshot?.messages.findLast(({ direction }) => direction === "received");
  const outcome = snapshot?.state.kind === "ended" ? snapshot.state.outcome : undefined;
  const failed = outcome !== undefined && outcome.code !== 0 && !(snapshot?.state.kind === "ended" && snapshot.state.cancelled);
  const text = () => {
    if (message === undefined || snapshot === undefined) return undefined;
    const read = messageText(message.bytes, snapshot.codec, props.desc, props.registry);
    return read.kind === "json" ? read.text : undefined;
  };
  const canFind = message !== undefined && view === "json";
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "f" || !canFind || !pane.current?.contains(document.activeElement)) return;
      event.preventDefault();
      setFinding(true);
    };
    addEventListener("keydown", onKeyDown);
    return () => {
      removeEventListener("keydown", onKeyDown);
    };
  }, [canFind]);
  return (
    <section className={s.pane} ref={pane} aria-label="Response" data-pane="response">
      <Tabs
        label="Response"
        tabs={tabs}
        selected={view}
        onSelect={props.onView}
        end={
          <>
            <IconButton
              label="Find in response"
              icon="search"
              size="sm"
              keys="Ctrl F"
              isDisabled={!canFind}
              pressed={isFinding}
              onPress={() => {
                setFinding(!isFinding);
              }}
            />
            <IconButton
              label="Copy response"
              icon="copy"
              size="sm"
              isDisabled={!message}
              onPress={() => void navigator.clipboard.writeText(text() ?? hexOf(message?.bytes ?? new Uint8Array()))}
            />
            <IconButton
              label={view === "bytes" ? "Save response as bytes" : "Save response as JSON"}
              icon="download"
              size="sm"
              isDisabled={!message}
              onPress={() => {
                const json = view === "bytes" ? undefined : text();
                if (json !== undefined) saveFile(`${props.saveAs}.json`, json, "application/json");
                else if (message) saveFile(`${props.saveAs}.bin`, message.bytes, "application/octet-stream");
              }}
            />
          </>
        }
      >
        <OutcomeStrip snapshot={snapshot} answerer={props.answerer} isStream={false} onCancel={props.onCancel} />
        {failed && view !== "headers" && view !== "timeline" && (
          <ErrorView
            outcome={outcome}
            registry={props.registry}
            onGoToField={props.onGoToField}
            onNear={props.onNear}
            onInspect={props.onInspect}
          />
        )}
        <TabPanel id="json">
          {message && snapshot ? (
            <JsonView
              bytes={message.bytes}
              codec={snapshot.codec}
              desc={props.desc}
              registry={props.registry}
              selected={props.selected}
              echo={props.echo}
              onSelect={props.onSelect}
              isFinding={isFinding}
              onFindClose={() => {
                setFinding(false);
              }}
              onShowBytes={() => {
                props.onView("bytes");
              }}
            />
          ) : (
            !failed && <Nothing snapshot={snapshot} />
          )}
        </TabPanel>
        <TabPanel id="bytes">
          {message ? <BytesView bytes={message.bytes} label="Response bytes" /> : !failed && <Nothing snapshot={snapshot} />}
        </TabPanel>
        <TabPanel id="headers">
          {snapshot ? <HeadersView snapshot={snapshot} legs={props.legs} onInspect={props.onInspect} /> : <Nothing snapshot={undefined} />}
        </TabPanel>
        <TabPanel id="timeline">{snapshot ? <TimelineView snapshot={snapshot} /> : <Nothing snapshot={undefined} />}</TabPanel>
      </Tabs>
    </section>
  );
});

function Nothing({ snapshot }: { snapshot: CallSnapshot | undefined }) {
  if (snapshot === undefined) {
    return (
      <EmptyState icon="plug" title="No response yet">
        <p>Send the call to see it here.</p>
        <Keys keys="Ctrl ↵" />
      </EmptyState>
    );
  }
  if (snapshot.state.kind !== "ended") return undefined;
  return <EmptyState icon="plug" title={snapshot.state.cancelled ? "Cancelled before the answer" : "The call ended without a message"} />;
}
