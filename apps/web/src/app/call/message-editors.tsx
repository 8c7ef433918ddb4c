import { hexOffset } from "@rpcdeck/wire";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useState } from "react";
import type { FieldViolation } from "#data/error-details.ts";
import type { Draft } from "#data/draft.ts";
import { MessageForm } from "#features/form/message-form.tsx";
import { useCatalog } from "#data/catalog-feed.ts";
import { closest } from "#lib/closest.ts";
import { Button } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { NoticeBar } from "#ui/notice-bar.tsx";
import { Spinner } from "#ui/spinner.tsx";
import text from "#ui/text.module.css";
import type { BrokenRules } from "./use-broken-rules.ts";
import type { CallModel } from "./use-call.ts";
import type { MessageEditing } from "./use-message-editing.ts";
import s from "./call.module.css";

const JsonEditor = lazy(async () => ({ default: (await import("#features/json-editor/json-editor.tsx")).JsonEditor }));

/** What both editors of a message share. */
export interface MessageEditorProps {
  readonly draft: Draft;
  readonly call: CallModel;
  readonly rules: BrokenRules;
  readonly onChange: (change: Partial<Draft>) => void;
  readonly selectedPath: string | undefined;
  readonly onSelectPath: (path: string) => void;
}

/** The message as a form. */
export function FormEditor(
  props: MessageEditorProps & {
    violations: readonly FieldViolation[];
    onProblems: (count: number) => void;
    /** The text of the JSON editor is no message: the form shows an older one. */
    isJsonBroken: boolean;
    onShowJson: () => void;
    /** Where the bytes break the message: the form shows the last one that could be read. */
    broken: MessageEditing["broken"];
    onShowByte: (offset: number) => void;
    /** Shows a field in the wire inspector. */
    onInspect: (path: string) => void;
  },
) {
  const { draft, call, onChange, onProblems } = props;
  const { shown } = props.rules;
  const lastGood = props.broken === undefined ? undefined : draft.lastGood;
  const [isRefused, setRefused] = useState(false);
  const onRefused = useCallback(() => {
    setRefused(true);
  }, []);
  const violations = useMemo(() => [...shown, ...props.violations], [shown, props.violations]);
  if (call.input === undefined || call.registry === undefined) return <NoSchema {...props} />;
  const form = (
    <MessageForm
      key={draft.id}
      desc={call.input}
      registry={call.registry}
      message={lastGood ?? draft.message}
      newer={lastGood === undefined ? undefined : draft.message}
      onRefused={onRefused}
      onInspect={props.onInspect}
      onChange={(message) => {
        onChange({ message, jsonText: undefined });
      }}
      onProblems={(problems) => {
        onProblems(problems.filter((problem) => problem.kind === "text").length);
      }}
      selectedPath={props.selectedPath ?? ""}
      onSelectPath={props.onSelectPath}
      violations={violations}
      rules={props.rules.kit}
    />
  );
  if (props.broken !== undefined && lastGood !== undefined) {
    return (
      <div className={s.noted}>
        <BrokenNotice
          {...props.broken}
          isRefused={isRefused}
          onShowByte={props.onShowByte}
          onRestore={() => {
            setRefused(false);
            onChange({ message: lastGood, jsonText: undefined });
          }}
          onReadable={() => {
            setRefused(false);
            onChange({ lastGood: undefined });
          }}
        />
        {form}
      </div>
    );
  }
  if (draft.jsonText === undefined || !props.isJsonBroken) return form;
  return (
    <div className={s.noted}>
      <NoticeBar
        tone="warn"
        fact="The JSON has mistakes"
        reason="Here is the last message without any. A change here replaces the JSON."
        action={
          <Button size="sm" onPress={props.onShowJson}>
            Show JSON
          </Button>
        }
      />
      {form}
    </div>
  );
}

/** Says where the bytes break the message, and the ways on from there. None of them loses anything: all can be undone. */
function BrokenNotice(props: {
  offset: number;
  message: string;
  isRefused: boolean;
  onShowByte: (offset: number) => void;
  onRestore: () => void;
  onReadable: () => void;
}) {
  const place = hexOffset(props.offset);
  return (
    <NoticeBar
      tone={props.isRefused ? "error" : "warn"}
      fact={props.isRefused ? "Nothing was changed" : `The bytes break the message at ${place}`}
      reason={`${props.isRefused ? `The bytes break the message at ${place}: ` : ""}${props.message}. Shown is the last message that could be read; sent are the bytes.`}
      action={
        <>
          <Button size="sm" onPress={() => props.onShowByte(props.offset)}>
            {`Go to ${place}`}
          </Button>
          <Button size="sm" onPress={props.onRestore} tip="Puts this message in place of the bytes; Undo brings them back">
            Restore it
          </Button>
          <Button size="sm" onPress={props.onReadable} tip="Shows what can be read of the bytes; the rest is kept as it is">
            Edit what can be read
          </Button>
        </>
      }
    />
  );
}

/** The message as JSON. Its editor comes when it is first shown. */
export function JsonMessageEditor(props: MessageEditorProps & { onShowBytes: () => void }) {
  const { draft, call, onChange } = props;
  if (call.input === undefined || call.registry === undefined) return <NoSchema {...props} />;
  return (
    <Suspense fallback={<Wait>Loading the editor</Wait>}>
      <JsonEditor
        key={draft.id}
        desc={call.input}
        registry={call.registry}
        message={draft.message}
        jsonText={draft.jsonText}
        onChange={onChange}
        selectedPath={props.selectedPath}
        onSelectPath={props.onSelectPath}
        onShowBytes={props.onShowBytes}
        label="Message as JSON"
        violations={props.rules.shown}
        rules={props.rules.kit}
      />
    </Suspense>
  );
}

function NoSchema({ call, draft, onChange }: MessageEditorProps) {
  const services = useCatalog()?.services.map((service) => service.name) ?? [];
  switch (call.state.kind) {
    case "loading":
      return <Wait>Asking for the schema</Wait>;
    case "failed":
      return (
        <EmptyState icon="schemas" title="The schema could not be loaded">
          <p>{call.state.error.message}. The message can be given as bytes.</p>
        </EmptyState>
      );
    case "missing": {
      const method =
        call.state.service &&
        closest(
          draft.method,
          call.state.service.methods.map(({ name }) => name),
        );
      return (
        <EmptyState
          icon="schemas"
          title={call.state.service ? `${draft.service} has no method ${draft.method}` : `The schema has no service ${draft.service}`}
        >
          {method !== undefined && <Near name={method} onChoose={() => onChange({ method })} />}
          <p>The message can be given as bytes, and is sent as they are.</p>
        </EmptyState>
      );
    }
    case "none":
    case "ready": {
      const service = draft.target === undefined && !services.includes(draft.service) ? closest(draft.service, services) : undefined;
      return (
        <EmptyState icon="schemas" title={`No schema of ${draft.service}`}>
          {service !== undefined && <Near name={service} onChoose={() => onChange({ service })} />}
          <p>Nobody described this service. Add .proto files or descriptors in the explorer, or give the message as bytes.</p>
        </EmptyState>
      );
    }
  }
}

function Near({ name, onChoose }: { name: string; onChoose: () => void }) {
  return (
    <p>
      Nearest:{" "}
      <button type="button" className={text.link} onClick={onChoose}>
        {name}
      </button>
    </p>
  );
}

function Wait({ children }: { children: ReactNode }) {
  return (
    <p className={s.wait} role="status">
      <Spinner /> {children}
    </p>
  );
}
