import { useState, type ReactNode } from "react";
import { metadataHeaders, metadataProblems } from "#data/request-headers.ts";
import type { Carrier } from "#data/call-state.ts";
import type { Draft, RequestView } from "#data/draft.ts";
import type { FieldViolation } from "#data/error-details.ts";
import { bytesText, countOf } from "#lib/format.ts";
import { IconButton } from "#ui/button.tsx";
import { DottedName } from "#ui/dotted-name.tsx";
import { Icon } from "#ui/icon.tsx";
import { TabPanel, Tabs } from "#ui/tabs.tsx";
import text from "#ui/text.module.css";
import { type BytesContext, BytesEditor, type TypedBytes } from "./bytes-editor.tsx";
import { MetadataTable } from "./metadata-table.tsx";
import { OptionsForm } from "./options-form.tsx";
import s from "./request.module.css";

/** The message's type, as the strip names it. */
export interface MessageType {
  readonly typeName: string;
  readonly fieldCount: number;
  /** Where the schema is from. */
  readonly origin: string;
}

/** Editors of a call's message, its metadata and its options. Form and JSON are given: they stand between request and stream. */
export function RequestPane(props: {
  draft: Draft;
  deadlineMs: number | undefined;
  onChange: (change: Partial<Draft>) => void;
  view: RequestView;
  onView: (view: RequestView) => void;
  type: MessageType | undefined;
  form: ReactNode;
  json: ReactNode;
  /** What keeps the message from being sent; shown red beside its tab. */
  messageProblem: { readonly view: "form" | "json"; readonly count: number; readonly text: string } | undefined;
  /** Rules of the schema that the message breaks. It can be sent all the same. */
  brokenRules: {
    readonly violations: readonly FieldViolation[];
    /** Sending was stopped for them, and goes on at the next press. */
    readonly isStopped: boolean;
    /** Why the rules cannot be checked. */
    readonly failure: string | undefined;
    readonly onShow: (path: string) => void;
  };
  /** Other bytes of the message, typed or loaded as bytes. */
  onBytes: (message: Uint8Array) => void;
  bytes: BytesContext;
  /** Takes back the last change of the message, and brings it again; undefined where there is none. */
  onUndo: (() => void) | undefined;
  onRedo: (() => void) | undefined;
  hedgeProblem: string | undefined;
  getProblem: string | undefined;
  carrier: Carrier | undefined;
  /** Further buttons at the head. */
  actions?: ReactNode;
  /** Stands below the editors: the buttons of a stream. */
  foot?: ReactNode;
  /** Word before the tabs. */
  title?: string;
}) {
  const { draft, onChange, messageProblem, brokenRules } = props;
  const [firstBroken] = brokenRules.violations;
  const [typedBytes, setTypedBytes] = useState<TypedBytes>();
  const faults = metadataProblems(draft.metadata);
  const problemOn = (view: RequestView) =>
    messageProblem?.view === view ? { count: messageProblem.count, problem: messageProblem.text } : {};
  const tabs = [
    { id: "form", label: "Form", ...problemOn("form") },
    { id: "json", label: "JSON", ...problemOn("json") },
    { id: "bytes", label: "Bytes" },
    {
      id: "metadata",
      label: "Metadata",
      count: faults.length > 0 ? faults.length : metadataHeaders(draft.metadata).length,
      ...(faults[0] === undefined ? {} : { problem: faults[0].message }),
    },
    { id: "options", label: "Options" },
  ] as const;
  const isEmpty = draft.message.length === 0 && draft.jsonText === undefined;
  return (
    <section className={s.pane} aria-label={props.title ?? "Request"} data-pane="request" data-draft={draft.id}>
      <Tabs
        label={props.title ?? "Request"}
        tabs={tabs}
        selected={props.view}
        onSelect={props.onView}
        end={
          <>
            <IconButton
              label="Empty the message"
              icon="trash"
              size="sm"
              isDisabled={isEmpty}
              onPress={() => {
                onChange({ message: new Uint8Array(), jsonText: undefined });
              }}
            />
            {props.actions}
          </>
        }
      >
        {props.view !== "metadata" && props.view !== "options" && (
          <div className={s.strip}>
            {props.type && (
              <>
                <span className={s.strong} title={props.type.origin}>
                  <DottedName name={props.type.typeName} />
                </span>
                <span className={s.dot}>{bytesText(draft.message.length)}</span>
                <span className={s.dot}>{countOf(props.type.fieldCount, "field")}</span>
              </>
            )}
            {messageProblem === undefined && firstBroken !== undefined && (
              <button
                type="button"
                className={s.issue}
                title={brokenRules.violations.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("\n")}
                onClick={() => {
                  brokenRules.onShow(firstBroken.path);
                }}
              >
                <Icon name="alert" size={14} />
                {countOf(brokenRules.violations.length, "rule broken", "rules broken")}
              </button>
            )}
            {brokenRules.failure !== undefined && (
              <span className={s.note} title={brokenRules.failure}>
                rules not checked
              </span>
            )}
            {messageProblem && (
              <button
                type="button"
                className={s.issue}
                title={messageProblem.text}
                onClick={() => {
                  props.onView(messageProblem.view);
                }}
              >
                <Icon name="alert" size={14} />
                {messageProblem.view === "json"
                  ? countOf(messageProblem.count, "mistake in the JSON", "mistakes in the JSON")
                  : countOf(messageProblem.count, "value that cannot be sent", "values that cannot be sent")}
              </button>
            )}
            <span className={s.history}>
              <IconButton
                label="Undo"
                keys="Ctrl Z"
                icon="undo"
                size="xs"
                isDisabled={props.onUndo === undefined}
                onPress={() => props.onUndo?.()}
              />
              <IconButton
                label="Redo"
                keys="Ctrl Shift Z"
                icon="redo"
                size="xs"
                isDisabled={props.onRedo === undefined}
                onPress={() => props.onRedo?.()}
              />
            </span>
          </div>
        )}
        <TabPanel id="form" keep className={s.kept}>
          {props.form}
        </TabPanel>
        <TabPanel id="json">{props.json}</TabPanel>
        <TabPanel id="bytes">
          <BytesEditor message={draft.message} typed={typedBytes} onTyped={setTypedBytes} onChange={props.onBytes} context={props.bytes} />
        </TabPanel>
        <TabPanel id="metadata">
          <MetadataTable
            entries={draft.metadata}
            onChange={(metadata) => {
              onChange({ metadata });
            }}
          />
        </TabPanel>
        <TabPanel id="options">
          <OptionsForm
            draft={draft}
            deadlineMs={props.deadlineMs}
            onChange={onChange}
            hedgeProblem={props.hedgeProblem}
            getProblem={props.getProblem}
            carrier={props.carrier}
          />
        </TabPanel>
      </Tabs>
      {props.foot && <div className={s.actions}>{props.foot}</div>}
      <span className={text.sr} aria-live="polite">
        {messageProblem?.text ??
          (brokenRules.isStopped && firstBroken !== undefined
            ? `Not sent: ${countOf(brokenRules.violations.length, "rule broken", "rules broken")}. ${firstBroken.path} ${firstBroken.message}. Send again to send anyway.`
            : "")}
      </span>
    </section>
  );
}
