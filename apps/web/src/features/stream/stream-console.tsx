import { nameFromCode } from "@rpcdeck/frames";
import { useMemo, useState, type ReactNode } from "react";
import type { CallSession, CallSnapshot, LoggedMessage } from "#data/call-state.ts";
import { messageText } from "#data/message-text.ts";
import { countOf, countText, durationText } from "#lib/format.ts";
import { saveFile } from "#lib/save-file.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { Input } from "#ui/input.tsx";
import { Segmented } from "#ui/segmented.tsx";
import { cx } from "#lib/cx.ts";
import { GapChart } from "./gap-chart.tsx";
import { parseFilter, type DirectionFilter, type MessageTypes } from "./message-filter.ts";
import { MessageList } from "./message-list.tsx";
import { useFiltered } from "./use-filtered.ts";
import s from "./stream.module.css";

const directions = [
  { id: "all", label: "All" },
  { id: "sent", label: "Sent" },
  { id: "received", label: "Received" },
] as const;

/** How many messages "Read more" lets through. */
const readMore = 100;
const none: readonly LoggedMessage[] = [];

/** The messages of a stream as they come and go: filter, follow, pause, count only. */
export function StreamConsole(props: {
  session: CallSession | undefined;
  snapshot: CallSnapshot | undefined;
  types: MessageTypes;
  selected: LoggedMessage | undefined;
  onSelect: (message: LoggedMessage) => void;
  /** What an unsent call says in place of rows. */
  idle: ReactNode;
  saveAs: string;
}) {
  const { session, snapshot, types } = props;
  const [direction, setDirection] = useState<DirectionFilter>("all");
  const [query, setQuery] = useState("");
  const [following, setFollowing] = useState(true);
  const match = useMemo(() => parseFilter(query, direction, types), [query, direction, types]);
  const { messages, isSearching } = useFiltered(snapshot?.messages ?? none, snapshot?.messageCount ?? 0, match);
  const ended = snapshot?.state.kind === "ended" ? snapshot.state : undefined;
  const running = snapshot !== undefined && ended === undefined;
  const since = snapshot === undefined || snapshot.state.kind === "idle" ? 0 : snapshot.state.since;
  return (
    <section className={s.console} aria-label="Stream" data-pane="messages">
      {snapshot?.paused === true && session && (
        <div className={s.notice} role="status">
          <Icon name="pause" />
          <strong>paused, the server is held back by flow control</strong>
          {snapshot.heldCount > 0 && (
            <span className={s.quiet}>
              {countOf(snapshot.heldCount, "message")} had credit already and {snapshot.heldCount === 1 ? "waits" : "wait"} here.
            </span>
          )}
          <span className={s.acts}>
            <Button
              size="sm"
              onPress={() => {
                session.read(readMore);
              }}
            >
              Read {readMore}
            </Button>
            <Button
              size="sm"
              icon="play"
              onPress={() => {
                session.resume();
              }}
            >
              Resume
            </Button>
          </span>
        </div>
      )}
      {snapshot && snapshot.messageCount > 0 && <GapChart snapshot={snapshot} />}
      <div className={s.bar}>
        <Segmented label="Direction" size="sm" segments={directions} selected={direction} onSelect={setDirection} />
        <div className={s.filter} data-filter="">
          <Input
            label="Filter messages"
            placeholder="Filter: text, field=value, size>1k"
            size="sm"
            icon="filter"
            type="search"
            value={query}
            onChange={setQuery}
          />
        </div>
        {match !== undefined && (
          <span className={s.quiet} role="status">
            {isSearching ? "searching" : `${countText(messages.length)} found`}
          </span>
        )}
        <span className={s.acts}>
          {running && !snapshot.paused && (
            <Button
              size="sm"
              variant="ghost"
              icon="pause"
              onPress={() => {
                session?.pause();
              }}
            >
              Pause
            </Button>
          )}
          <IconButton
            label={following ? "Following the newest message" : "Follow the newest message"}
            icon="follow"
            size="sm"
            keys="End"
            pressed={following}
            onPress={() => {
              setFollowing(!following);
            }}
          />
          {running && (
            <Button
              size="sm"
              variant="ghost"
              tip={snapshot.countOnly ? "Keep messages again" : "Count messages and keep none"}
              onPress={() => {
                session?.setCountOnly(!snapshot.countOnly);
              }}
            >
              {snapshot.countOnly ? "Keep" : "Count only"}
            </Button>
          )}
          <IconButton
            label="Save messages as JSON lines"
            icon="download"
            size="sm"
            isDisabled={messages.length === 0}
            onPress={() => {
              saveFile(`${props.saveAs}.jsonl`, jsonLinesOf(messages, types), "application/jsonl");
            }}
          />
        </span>
      </div>
      <MessageList
        messages={messages}
        messageCount={snapshot?.messageCount ?? 0}
        since={since}
        types={types}
        selected={props.selected}
        onSelect={props.onSelect}
        following={following}
        onFollow={setFollowing}
        empty={
          snapshot === undefined
            ? props.idle
            : match !== undefined
              ? `No message matches, of ${countText(snapshot.messageCount)}`
              : ended
                ? "No messages"
                : "Nothing received yet"
        }
        end={ended && <EndRow ended={ended} />}
      />
    </section>
  );
}

function EndRow({ ended }: { ended: Extract<CallSnapshot["state"], { kind: "ended" }> }) {
  const { outcome, cancelled } = ended;
  const tone = cancelled ? s.warn : outcome.code === 0 ? s.ok : s.error;
  return (
    <p className={s.end}>
      <strong className={cx(tone)}>{cancelled ? "Cancelled" : outcome.code === 0 ? "OK" : nameFromCode(outcome.code)}</strong>
      <span>
        {outcome.message !== "" && !cancelled && `${outcome.message} · `}after {durationText(ended.endedAt - ended.since)}
      </span>
    </p>
  );
}

function jsonLinesOf(messages: readonly LoggedMessage[], types: MessageTypes): string {
  return messages
    .map((message) => {
      const read = messageText(message.bytes, types.codec, message.direction === "sent" ? types.request : types.response, types.registry);
      // JSON text has no line break outside of white space between tokens.
      const body = read.kind === "json" ? read.text.replaceAll(/\n\s*/g, " ") : JSON.stringify([...message.bytes]);
      return `{"number":${message.number},"direction":"${message.direction}","message":${body}}`;
    })
    .join("\n");
}
