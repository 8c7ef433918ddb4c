import type { MethodKind } from "@rpcdeck/frames";
import type { CallSession, CallSnapshot } from "#data/call-state.ts";
import type { Draft } from "#data/draft.ts";
import type { Answerer } from "#features/response/outcome-strip.tsx";
import { printTime } from "#lib/time-text.ts";
import { durationText } from "#lib/format.ts";
import { useNow } from "#lib/use-now.ts";
import { Button } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { Keys } from "#ui/keys.tsx";
import { Lamp } from "#ui/lamp.tsx";
import text from "#ui/text.module.css";
import s from "./call.module.css";

const protocolWords = { connect: "Connect", "grpc-web": "gRPC-Web", grpc: "gRPC" } as const;

/** What is fixed while a stream is open. */
export function LockedFacts({
  answerer,
  sent,
  snapshot: { carrier, deadlineMs },
}: {
  answerer: Answerer | undefined;
  sent: Draft;
  snapshot: CallSnapshot;
}) {
  return (
    <span className={s.locked} title="Fixed while the stream is open">
      <Icon name="lock" size={14} />
      {answerer && (
        <span>
          {answerer.label}
          {answerer.address !== undefined && <span className={`${text.quiet} ${text.mono}`}> ({answerer.address})</span>}
        </span>
      )}
      {carrier.kind === "tunnel" ? <span title={carrier.reason}>gRPC in the tunnel</span> : <span>{protocolWords[sent.protocol]}</span>}
      <span>{sent.codec === "proto" ? "binary" : "JSON"}</span>
      <span>{deadlineMs === undefined ? "no deadline" : printTime(deadlineMs)}</span>
    </span>
  );
}

/** How long a stream has been open. */
export function LiveStatus({ snapshot }: { snapshot: CallSnapshot }) {
  const now = useNow(1000);
  const word =
    snapshot.state.kind === "opening" ? "Opening" : snapshot.state.kind === "open" && snapshot.state.halfClosed ? "Receiving" : "Open";
  return (
    <span className={s.live}>
      <Lamp state="live" /> {word} {openFor(now - snapshot.startedAt)}
    </span>
  );
}

/** Whole seconds: the clock ticks once a second. */
function openFor(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds} s` : durationText(seconds * 1000);
}

/** What can be done with an open stream. */
export function StreamActions(props: {
  kind: MethodKind;
  snapshot: CallSnapshot;
  session: CallSession;
  onSend: () => void;
  /** Stopped once at broken rules: the next press sends. */
  isStopped: boolean;
  problem: string | undefined;
}) {
  const { session, snapshot } = props;
  const sends = props.kind === "client-stream" || props.kind === "bidi";
  const isHalfClosed = snapshot.state.kind === "open" && snapshot.state.halfClosed;
  return (
    <>
      {sends && (
        <>
          <Button
            variant="primary"
            onPress={props.onSend}
            isDisabled={isHalfClosed || props.problem !== undefined}
            tip={isHalfClosed ? "Half-closed: no more messages can be sent" : props.problem}
          >
            {props.isStopped ? "Send anyway" : "Send message"} <Keys keys="Ctrl ↵" />
          </Button>
          <Button
            icon="half-close"
            isDisabled={isHalfClosed}
            tip={isHalfClosed ? "Half-closed already" : "No more messages from here; answers still come"}
            onPress={() => {
              session.halfClose();
            }}
          >
            Half-close
          </Button>
        </>
      )}
      <span className={s.gap} />
      <Button
        variant="danger"
        icon="cancel"
        onPress={() => {
          session.cancel();
        }}
      >
        Cancel
      </Button>
    </>
  );
}
