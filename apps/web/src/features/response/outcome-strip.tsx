import type { CallSnapshot } from "#data/call-state.ts";
import { bytesText, countOf, durationText } from "#lib/format.ts";
import { useNow } from "#lib/use-now.ts";
import { Button } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { Spinner } from "#ui/spinner.tsx";
import text from "#ui/text.module.css";
import { cx } from "#lib/cx.ts";
import { outcomeLook } from "./outcome-text.ts";
import s from "./response.module.css";

/** Who answered, in words. */
export interface Answerer {
  readonly label: string;
  readonly address: string | undefined;
}

/** How the call stands: status, time, size, instance. Its end is announced politely. */
export function OutcomeStrip(props: {
  snapshot: CallSnapshot | undefined;
  answerer: Answerer | undefined;
  /** Of a stream messages are counted; it is cancelled where its messages are sent. */
  isStream: boolean;
  onCancel: () => void;
}) {
  const { snapshot, answerer } = props;
  const look = outcomeLook(snapshot);
  const ended = snapshot?.state.kind === "ended" ? snapshot.state : undefined;
  const running = snapshot !== undefined && ended === undefined && snapshot.state.kind !== "idle";
  return (
    <div className={cx(s.strip, ended && s[look.tone])}>
      <span className={s.status} data-tone={look.tone} role="status">
        {look.icon ? <Icon name={look.icon} /> : running && <Spinner />}
        {look.word}
      </span>
      {running && <Elapsed snapshot={snapshot} />}
      {ended && <span className={s.dot}>{durationText(ended.endedAt - ended.since)}</span>}
      {snapshot && snapshot.receivedCount > 0 && (
        <span className={s.dot}>
          {props.isStream && `${countOf(snapshot.receivedCount, "message")}, `}
          {bytesText(snapshot.receivedBytes)}
        </span>
      )}
      {answerer && (
        <span className={cx(s.dot, text.ellipsis)}>
          {answerer.label}
          {answerer.address !== undefined && <span className={cx(text.quiet, text.mono)}> ({answerer.address})</span>}
        </span>
      )}
      {snapshot?.attempts !== undefined && snapshot.attempts > 1 && (
        <span className={cx(s.dot, text.warn)}>{countOf(snapshot.attempts, "attempt")}</span>
      )}
      {snapshot?.carrier.kind === "tunnel" && (
        <span className={cx(s.dot, text.quiet, text.ellipsis)} title={snapshot.carrier.reason}>
          in the tunnel
        </span>
      )}
      {running && !props.isStream && (
        <span className={s.stripEnd}>
          <Button size="sm" onPress={props.onCancel}>
            Cancel
          </Button>
        </span>
      )}
    </div>
  );
}

/** Time since the call began, and of how much. */
function Elapsed({ snapshot }: { snapshot: CallSnapshot }) {
  const elapsed = Math.max(0, useNow(100) - snapshot.startedAt);
  return (
    <span className={s.dot}>
      {durationText(elapsed)}
      {snapshot.deadlineMs !== undefined && ` of ${durationText(snapshot.deadlineMs)}`}
    </span>
  );
}
