import { useNavigate, useSearch } from "@tanstack/react-router";
import { memo, useMemo, useState } from "react";
import type { LoggedMessage } from "#data/call-state.ts";
import type { Draft, RequestView } from "#data/draft.ts";
import { fieldViolations } from "#data/error-details.ts";
import { messageBreak } from "#data/message-break.ts";
import { useSelection } from "#data/selection.ts";
import { useSentDraft, useSession, useSnapshot } from "#data/sessions.ts";
import { useMedia } from "#lib/use-media.ts";
import { useOpenBytes } from "#features/inspector/use-open-bytes.ts";
import { type MainAction, RequestLine } from "#features/request/request-line.tsx";
import { RequestPane } from "#features/request/request-pane.tsx";
import type { NearName } from "#features/response/error-view.tsx";
import { ResponsePane, type ResponseView } from "#features/response/response-pane.tsx";
import { useSteady } from "#lib/use-steady.ts";
import type { NarrowPart } from "../call-search.ts";
import { useShortcuts } from "../use-shortcuts.ts";
import { Dock, useDockOpen } from "./dock.tsx";
import { FormEditor, JsonMessageEditor } from "./message-editors.tsx";
import { MessageActions } from "./message-actions.tsx";
import { PartSwitch } from "./part-switch.tsx";
import { LiveStatus, LockedFacts, StreamActions } from "./running-call.tsx";
import { SplitPanes } from "./split-panes.tsx";
import { StreamPanes } from "./stream-panes.tsx";
import { useBrokenRules } from "./use-broken-rules.ts";
import { bytesLook } from "./bytes-look.ts";
import { useCall } from "./use-call.ts";
import { useDraftHead } from "./use-calm-draft.ts";
import { useTraceLegs, useWireLegs } from "./use-legs.ts";
import { useMessageEditing } from "./use-message-editing.ts";
import { useSend } from "./use-send.ts";
import { useSendKeys } from "./use-send-keys.ts";
import s from "./call.module.css";

const uiKinds = { unary: "unary", "server-stream": "server", "client-stream": "client", bidi: "bidi" } as const;
const noViolations: ReturnType<typeof fieldViolations> = [];

/** One call: its request line, its message, its answer or its stream, and the wire below. */
export const CallScreen = memo(function CallScreen({ draft }: { draft: Draft }) {
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const head = useDraftHead(draft);
  const call = useCall(head);
  const session = useSession(draft.id);
  const snapshot = useSnapshot(session);
  const sent = useSentDraft(draft.id);
  const selection = useSelection();
  const [formProblems, setFormProblems] = useState(0);
  const [shown, setShown] = useState<LoggedMessage>();
  const isPhone = useMedia("(max-width: 639px)");
  const isNarrow = useMedia("(max-width: 959px)");
  const legs = useTraceLegs(session, snapshot);
  const wireLegs = useWireLegs(draft, sent, snapshot, legs);
  const openBytes = useSteady(useOpenBytes());

  const isStream = call.kind !== "unary";
  const isRunning = snapshot !== undefined && snapshot.state.kind !== "ended" && snapshot.state.kind !== "idle";
  const ended = snapshot?.state.kind === "ended" ? snapshot.state : undefined;
  const part: NarrowPart = search.part ?? "request";
  const patch = (change: Partial<typeof search>) => void navigate({ replace: true, search: { ...search, ...change } });
  const [goToByte, setGoToByte] = useState<{ readonly offset: number }>();
  const setView = (view: RequestView) => {
    // Once: whoever comes back to the bytes is where they were left.
    if (view !== "bytes") setGoToByte(undefined);
    patch({ view: view === "form" ? undefined : view });
  };
  const [, setDockOpen] = useDockOpen(call.kind);
  const editing = useMessageEditing(draft, call);
  const { onChange, schema } = editing;
  const look = useMemo(() => (schema === undefined ? undefined : (message: Uint8Array) => bytesLook(schema, message)), [schema]);
  const breakOf = useMemo(() => (schema === undefined ? undefined : (message: Uint8Array) => messageBreak(schema, message)), [schema]);
  const showByte = (offset: number) => {
    setGoToByte({ offset });
    setView("bytes");
  };
  const rules = useBrokenRules(draft, call);
  const send = useSend({
    draft,
    call,
    snapshot,
    formProblems,
    rules,
    onSent: () => {
      if (isNarrow) patch({ part: "response" });
    },
    onRefused: (view) => {
      patch({ view: view === "form" ? undefined : view, part: undefined });
    },
    onStopped: () => {
      patch({ view: search.view === "json" ? "json" : undefined, part: undefined });
    },
  });
  useSendKeys({ onSend: send.main, onHalfClose: () => session?.halfClose() });
  useShortcuts({
    "Ctrl .": () => session?.cancel(),
    P: () => {
      if (snapshot?.paused === true) session?.resume();
      else if (isStream) session?.pause();
    },
  });

  const goToField = useSteady((path: string) => {
    void navigate({ replace: true, search: { ...search, view: undefined, part: undefined, path, side: undefined } });
    // The form is kept in the page, but its rows for this path come with the next frames.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const row = [...document.querySelectorAll<HTMLElement>("[data-path]")].find((element) => element.dataset["path"] === path);
        row?.querySelector<HTMLElement>("input, textarea, button")?.focus();
      }),
    );
  });
  const callNear = useSteady(({ kind, name }: NearName) => {
    if (kind === "instance") onChange({ target: name, schemaId: undefined });
    else onChange(kind === "service" ? { service: name } : { method: name });
  });
  const showTarget = useSteady((target: string | undefined) => {
    onChange({ target, schemaId: undefined });
  });
  const cancel = useSteady(() => session?.cancel());
  const sendMain = useSteady(send.main);
  const openEmpty = useSteady(send.openEmpty);
  const showResponse = useSteady((view: ResponseView) => {
    patch({ response: view === "json" ? undefined : view });
  });
  const selectInResponse = useSteady((path: string) => {
    selection.select(path, "response");
  });
  const action = useMemo(
    (): MainAction =>
      !isRunning ? { kind: "send", problem: send.problem, isStopped: rules.isStopped } : isStream ? { kind: "none" } : { kind: "cancel" },
    [isRunning, isStream, send.problem, rules.isStopped],
  );
  const editor = {
    draft,
    call,
    rules,
    onChange,
    selectedPath: selection.side === "request" ? selection.path : undefined,
    onSelectPath: (path: string) => {
      selection.select(path === "" ? undefined : path, "request");
    },
  };
  const answerer = snapshot?.instance === undefined ? undefined : call.answererOf(snapshot.instance);
  const isUnchanged = sent?.message === draft.message;

  const request = (
    <RequestPane
      draft={draft}
      deadlineMs={call.deadlineMs}
      onChange={onChange}
      view={search.view ?? "form"}
      onView={setView}
      type={call.input && { typeName: call.input.typeName, fieldCount: call.input.fields.length, origin: call.origin }}
      form={
        <FormEditor
          {...editor}
          violations={ended && isUnchanged ? fieldViolations(ended.outcome.details) : noViolations}
          onProblems={setFormProblems}
          isJsonBroken={send.messageProblem?.view === "json"}
          onShowJson={() => {
            setView("json");
          }}
          broken={editing.broken}
          onShowByte={showByte}
          onInspect={(path) => {
            void navigate({ replace: true, search: { ...search, path, side: undefined, ...(isPhone ? { part: "wire" as const } : {}) } });
            setDockOpen(1);
          }}
        />
      }
      json={
        <JsonMessageEditor
          {...editor}
          onShowBytes={() => {
            setView("bytes");
          }}
        />
      }
      messageProblem={send.messageProblem}
      brokenRules={{
        violations: rules.shown,
        isStopped: rules.isStopped,
        failure: rules.failure,
        onShow: (path) => {
          setView(search.view === "json" ? "json" : "form");
          selection.select(path === "" ? undefined : path, "request");
        },
      }}
      onBytes={editing.onBytes}
      bytes={{
        sent: sent?.message,
        look,
        breakOf,
        selectedPath: editor.selectedPath,
        onSelectPath: editor.onSelectPath,
        goTo: goToByte,
      }}
      onUndo={editing.onUndo}
      onRedo={editing.onRedo}
      hedgeProblem={call.hedgeProblem}
      getProblem={call.getProblem}
      carrier={send.carrier}
      actions={<MessageActions key={draft.id} draft={draft} call={call} rules={rules.kit} onChange={onChange} />}
      title={isStream ? "Next message" : "Request"}
      foot={
        isStream &&
        isRunning &&
        session && (
          <StreamActions
            kind={call.kind}
            snapshot={snapshot}
            session={session}
            onSend={send.main}
            isStopped={rules.isStopped}
            problem={send.problem}
          />
        )
      }
    />
  );
  const response = isStream ? undefined : (
    <ResponsePane
      snapshot={snapshot}
      legs={legs}
      answerer={answerer}
      desc={call.output}
      registry={call.registry}
      view={isPhone && part === "timeline" ? "timeline" : (search.response ?? "json")}
      onView={showResponse}
      selected={selection.side === "response" ? selection.path : undefined}
      echo={selection.side === "request" ? selection.path : undefined}
      onSelect={selectInResponse}
      onCancel={cancel}
      onGoToField={goToField}
      onNear={callNear}
      onInspect={openBytes}
      saveAs={`${draft.method}-response`}
    />
  );
  const dock = (isWhole: boolean) => (
    <Dock legs={wireLegs} call={call} selection={selection} onShowInForm={goToField} onInspect={openBytes} isWhole={isWhole} />
  );

  return (
    <>
      <RequestLine
        draft={head}
        deadlineMs={call.deadlineMs}
        kind={call.isKindKnown ? uiKinds[call.kind] : undefined}
        comment={call.comment}
        instances={call.instances}
        isUnverified={call.isUnverified}
        onChange={onChange}
        onTarget={showTarget}
        action={action}
        onSend={sendMain}
        onOpen={!isRunning && (call.kind === "bidi" || call.kind === "client-stream") ? openEmpty : undefined}
        onCancel={cancel}
        locked={isRunning && isStream && sent ? <LockedFacts answerer={answerer} sent={sent} snapshot={snapshot} /> : undefined}
        status={isRunning && isStream ? <LiveStatus snapshot={snapshot} /> : undefined}
      />
      {isNarrow && (
        <PartSwitch
          part={part}
          isPhone={isPhone}
          isStream={isStream}
          onPart={(next) => patch({ part: next === "request" ? undefined : next })}
        />
      )}
      {isNarrow && part === "wire" && isPhone ? (
        dock(true)
      ) : (
        <>
          <div className={s.panes}>
            {response === undefined ? (
              <StreamPanes
                draft={draft}
                call={call}
                session={session}
                snapshot={snapshot}
                answerer={answerer}
                legs={legs}
                view={search.response ?? "json"}
                onView={showResponse}
                composer={request}
                narrowPart={isNarrow ? part : undefined}
                shown={shown}
                onShow={setShown}
                selected={selection.side === "response" ? selection.path : undefined}
                onSelectPath={selectInResponse}
                onGoToField={goToField}
                onNear={callNear}
                onInspect={openBytes}
              />
            ) : isNarrow ? (
              <div className={s.first}>{part === "request" ? request : response}</div>
            ) : (
              <SplitPanes name="response" label="Resize request and response" first={request} second={response} />
            )}
          </div>
          {!isPhone && dock(false)}
        </>
      )}
    </>
  );
});
