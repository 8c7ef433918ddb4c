import { memo, useState, type ReactNode } from "react";
import type { BrowserCodec, BrowserProtocol, Draft, DraftHead } from "#data/draft.ts";
import { cx } from "#lib/cx.ts";
import { Button } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { Keys } from "#ui/keys.tsx";
import { KindIcon, type MethodKind } from "#ui/kind-icon.tsx";
import { Note } from "#ui/note.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { Select, type Option } from "#ui/select.tsx";
import { printTime } from "#lib/time-text.ts";
import text from "#ui/text.module.css";
import s from "./request-line.module.css";
import { TimeInput } from "./time-input.tsx";

/** The choice "any healthy instance". */
export const anyInstance = "any";

/** What the main button does now. */
export type MainAction =
  | {
      readonly kind: "send";
      readonly problem: string | undefined;
      /** Stopped once at broken rules: the next press sends. */
      readonly isStopped: boolean;
    }
  | { readonly kind: "cancel" }
  /** An open stream: its next message is sent from the composer. */
  | { readonly kind: "none" };

const protocols = [
  { id: "connect", label: "Connect", tip: "Connect over HTTP, as fetch sends it" },
  { id: "grpc-web", label: "gRPC-Web", tip: "gRPC-Web over HTTP, as fetch sends it" },
  { id: "grpc", label: "gRPC", tip: "gRPC-framed messages in the tunnel: a browser cannot send gRPC itself" },
] as const;

const codecs = [
  { id: "proto", label: "binary", tip: "Messages as protobuf bytes" },
  { id: "json", label: "JSON", tip: "Messages as JSON text" },
] as const;

/** What is called, where, how, and the button that sends it. */
export const RequestLine = memo(function RequestLine(props: {
  draft: DraftHead;
  /** In effect, whether or not it was chosen. */
  deadlineMs: number | undefined;
  kind: MethodKind | undefined;
  /** The method's comment. */
  comment: string;
  instances: readonly Option[];
  /** Goes, or may go, over TLS whose certificate nobody checks. */
  isUnverified: boolean;
  onChange: (change: Partial<Draft>) => void;
  onTarget: (id: string | undefined) => void;
  action: MainAction;
  onSend: () => void;
  /** Opens a client or bidi stream without a first message. */
  onOpen: (() => void) | undefined;
  onCancel: () => void;
  /** Shown in place of the choices while a stream is open. */
  locked: ReactNode;
  status: ReactNode;
}) {
  const { draft, action } = props;
  const cut = draft.service.lastIndexOf(".") + 1;
  // On a narrow screen the choices are one quiet line until it is pressed.
  const [showsChoices, setShowsChoices] = useState(false);
  return (
    <div className={s.line} data-pane="call" {...(showsChoices ? { "data-choices": "" } : {})}>
      <h1 className={s.method} title={props.comment === "" ? `${draft.service}/${draft.method}` : props.comment}>
        {props.kind && <KindIcon kind={props.kind} className={s.kind} />}
        <span className={s.service}>
          <span className={text.quiet}>{draft.service.slice(0, cut)}</span>
          {draft.service.slice(cut)} /
        </span>
        <b>{draft.method}</b>
      </h1>
      {props.comment !== "" && <Note label={`About ${draft.method}`}>{props.comment}</Note>}
      {props.isUnverified && (
        <span className={s.unverified} title="TLS without checking the certificate: whoever answers there is taken at its word">
          <Icon name="alert" size={14} /> not verified
        </span>
      )}
      <span className={s.gap} />
      {props.locked ?? (
        <div className={s.choices}>
          <Select
            label="Instance"
            icon="target"
            options={props.instances}
            selected={draft.target ?? anyInstance}
            onSelect={(id) => {
              props.onTarget(id === anyInstance ? undefined : id);
            }}
            className={s.instance}
          />
          <Segmented
            label="Protocol"
            segments={protocols}
            selected={draft.protocol}
            onSelect={(protocol: BrowserProtocol) => {
              props.onChange({ protocol });
            }}
          />
          <Segmented
            label="Codec"
            segments={codecs}
            selected={draft.codec}
            onSelect={(codec: BrowserCodec) => {
              props.onChange({ codec });
            }}
          />
          <TimeInput
            label="Deadline"
            icon="clock"
            ms={props.deadlineMs}
            onChange={(deadlineMs) => {
              props.onChange({ deadlineMs, deadlineChosen: true });
            }}
            className={s.deadline}
          />
        </div>
      )}
      <button
        type="button"
        className={s.brief}
        aria-expanded={showsChoices}
        disabled={props.locked !== undefined}
        onClick={() => {
          setShowsChoices(!showsChoices);
        }}
      >
        <span className={text.sr}>How it is called: </span>
        <span>{props.instances.find(({ id }) => id === (draft.target ?? anyInstance))?.label ?? draft.target}</span>
        <span>{protocols.find(({ id }) => id === draft.protocol)?.label}</span>
        <span>{draft.codec === "proto" ? "binary" : "JSON"}</span>
        <span>{props.deadlineMs === undefined ? "no deadline" : printTime(props.deadlineMs)}</span>
      </button>
      {props.status}
      {action.kind === "send" && props.onOpen && (
        <Button onPress={props.onOpen} tip="Opens the stream without a message" className={s.open}>
          Open
        </Button>
      )}
      {action.kind === "send" && (
        <Button
          variant="primary"
          onPress={props.onSend}
          isDisabled={action.problem !== undefined}
          tip={action.problem}
          className={cx(s.send)}
        >
          {action.isStopped ? "Send anyway" : "Send"} <Keys keys="Ctrl ↵" className={s.keys} />
        </Button>
      )}
      {action.kind === "cancel" && (
        <Button variant="primary" busy onPress={props.onCancel} className={s.send}>
          Cancel <Keys keys="Ctrl ." className={s.keys} />
        </Button>
      )}
    </div>
  );
});
