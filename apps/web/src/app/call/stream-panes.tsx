import { useMemo, type ReactNode } from "react";
import type { CallSession, CallSnapshot, LoggedMessage } from "#data/call-state.ts";
import type { Draft } from "#data/draft.ts";
import type { TraceLegs } from "#data/trace-legs.ts";
import { ErrorView, type NearName } from "#features/response/error-view.tsx";
import { HeadersView } from "#features/response/headers-view.tsx";
import { OutcomeStrip, type Answerer } from "#features/response/outcome-strip.tsx";
import type { ResponseView } from "#features/response/response-pane.tsx";
import { TimelineView } from "#features/response/timeline-view.tsx";
import { Counters } from "#features/stream/counters.tsx";
import { MessageDetail } from "#features/stream/message-detail.tsx";
import { StreamConsole } from "#features/stream/stream-console.tsx";
import { useNow } from "#lib/use-now.ts";
import { EmptyState } from "#ui/empty-state.tsx";
import { TabPanel, Tabs } from "#ui/tabs.tsx";
import type { NarrowPart } from "../call-search.ts";
import { SplitPanes } from "./split-panes.tsx";
import type { CallModel } from "./use-call.ts";
import s from "./call.module.css";

/** Width of the side pane until it is dragged. */
const sidePx = 440;

const tabs = [
  { id: "json", label: "Messages" },
  { id: "headers", label: "Headers & trailers" },
  { id: "timeline", label: "Timeline" },
] as const;

/** A stream: its messages on one side; the chosen message, the counters and the next message on the other. */
export function StreamPanes(props: {
  draft: Draft;
  call: CallModel;
  session: CallSession | undefined;
  snapshot: CallSnapshot | undefined;
  answerer: Answerer | undefined;
  legs: TraceLegs;
  view: ResponseView;
  onView: (view: ResponseView) => void;
  composer: ReactNode;
  /** On a narrow screen only this part. */
  narrowPart: NarrowPart | undefined;
  shown: LoggedMessage | undefined;
  onShow: (message: LoggedMessage | undefined) => void;
  selected: string | undefined;
  onSelectPath: (path: string) => void;
  onGoToField: (path: string) => void;
  onNear: (near: NearName) => void;
  onInspect: (bytes: Uint8Array, typeName: string) => void;
}) {
  const { call, session, snapshot, shown } = props;
  const codec = snapshot?.codec ?? props.draft.codec;
  const { input, output, registry } = call;
  const types = useMemo(() => ({ codec, request: input, response: output, registry }), [codec, input, output, registry]);
  const ended = snapshot?.state.kind === "ended" ? snapshot.state : undefined;
  const since = snapshot === undefined || snapshot.state.kind === "idle" ? 0 : snapshot.state.since;
  const before = shown && snapshot ? snapshot.messages[snapshot.messages.lastIndexOf(shown) - 1] : undefined;
  const strip = (
    <>
      <OutcomeStrip snapshot={snapshot} answerer={props.answerer} isStream onCancel={() => session?.cancel()} />
      {ended && ended.outcome.code !== 0 && !ended.cancelled && (
        <ErrorView
          outcome={ended.outcome}
          registry={registry}
          onGoToField={props.onGoToField}
          onNear={props.onNear}
          onInspect={props.onInspect}
        />
      )}
    </>
  );
  const list = (
    <StreamConsole
      session={session}
      snapshot={snapshot}
      types={types}
      selected={shown}
      onSelect={props.onShow}
      idle={<>Nothing sent yet. The first message is composed beside this list.</>}
      saveAs={`${props.draft.method}-messages`}
    />
  );
  const stream = (
    <section className={s.stream} aria-label="Response" data-pane="response">
      <Tabs label="Response" tabs={tabs} selected={props.view === "bytes" ? "json" : props.view} onSelect={props.onView}>
        {strip}
        <TabPanel id="json">{list}</TabPanel>
        <TabPanel id="headers">
          {snapshot ? <HeadersView snapshot={snapshot} legs={props.legs} onInspect={props.onInspect} /> : <NotSent />}
        </TabPanel>
        <TabPanel id="timeline">{snapshot ? <TimelineView snapshot={snapshot} /> : <NotSent />}</TabPanel>
      </Tabs>
    </section>
  );
  const detail = shown && (
    <MessageDetail
      key={`${shown.direction}${shown.number}`}
      message={shown}
      before={before}
      since={since}
      types={types}
      selected={props.selected}
      onSelectPath={props.onSelectPath}
      onClose={() => {
        props.onShow(undefined);
      }}
    />
  );
  const side = (
    <>
      {detail}
      {snapshot && <LiveCounters snapshot={snapshot} />}
      <div className={s.composer}>{props.composer}</div>
    </>
  );
  if (props.narrowPart === "request") return <div className={s.first}>{props.composer}</div>;
  if (props.narrowPart !== undefined) {
    return (
      <div className={`${s.second} ${s.alone}`}>
        {stream}
        {detail}
      </div>
    );
  }
  return <SplitPanes name="stream" label="Resize messages and composer" secondPx={sidePx} first={stream} second={side} />;
}

function NotSent() {
  return <EmptyState icon="plug" title="Not sent yet" />;
}

/** Counters that go on while nothing comes: a rate falls. */
function LiveCounters({ snapshot }: { snapshot: CallSnapshot }) {
  const now = useNow(1000);
  const { state, startedAt } = snapshot;
  // Times of a call are those of performance.now().
  const at = state.kind === "ended" ? state.endedAt : state.kind === "idle" ? 0 : state.since + Math.max(0, now - startedAt);
  return <Counters snapshot={snapshot} now={at} />;
}
