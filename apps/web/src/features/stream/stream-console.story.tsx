import { create, createRegistry, toBinary } from "@bufbuild/protobuf";
import { outcomeOf } from "@rpcdeck/frames";
import { ConverseRequestSchema, ConverseResponseSchema, file_rpcdeck_demo_v1_chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { useMemo, useState } from "react";
import type { CallSession, CallSnapshot, LoggedMessage } from "#data/call-state.ts";
import { StreamConsole } from "./stream-console.tsx";

const types = {
  codec: "proto",
  request: ConverseRequestSchema,
  response: ConverseResponseSchema,
  registry: createRegistry(file_rpcdeck_demo_v1_chat),
} as const;

function messagesOf(count: number): LoggedMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const isSent = index % 10 === 0;
    const bytes = isSent
      ? toBinary(ConverseRequestSchema, create(ConverseRequestSchema, { text: `question ${index}` }))
      : toBinary(ConverseResponseSchema, create(ConverseResponseSchema, { seq: BigInt(index), from: "build-bot", text: `step ${index}` }));
    return {
      number: isSent ? index / 10 + 1 : index - Math.floor(index / 10),
      direction: isSent ? "sent" : "received",
      at: index * 30,
      bytes,
      wireSize: bytes.length,
    };
  });
}

interface StoryProps {
  count?: number;
  state?: "open" | "paused" | "ended" | "failed";
  onDo?: (what: string) => void;
}

/** A stream with many messages. */
export function Stream({ count = 40, state = "open", onDo }: StoryProps) {
  const [messages] = useState(() => messagesOf(count));
  const [selected, setSelected] = useState<LoggedMessage>();
  const session = useMemo(
    (): CallSession => ({
      id: "0",
      snapshot: () => {
        throw new Error("the console reads the snapshot it is given");
      },
      subscribe: () => () => {},
      send: () => {},
      halfClose: () => {},
      cancel: () => onDo?.("cancel"),
      pause: () => onDo?.("pause"),
      resume: () => onDo?.("resume"),
      read: (more) => onDo?.(`read ${more}`),
      setCountOnly: (countOnly) => onDo?.(`count only ${countOnly}`),
    }),
    [onDo],
  );
  const sent = messages.filter(({ direction }) => direction === "sent").length;
  const snapshot: CallSnapshot = {
    startedAt: 0,
    carrier: { kind: "tunnel", reason: "a bidi stream" },
    deadlineMs: undefined,
    state:
      state === "ended" || state === "failed"
        ? {
            kind: "ended",
            since: 0,
            endedAt: 5000,
            outcome: state === "ended" ? outcomeOf("ok") : outcomeOf("unavailable", "tunnel closed"),
            cancelled: false,
          }
        : { kind: "open", since: 0, halfClosed: false },
    codec: "proto",
    requestHeaders: [],
    responseHeaders: [],
    messages,
    messageCount: messages.length,
    droppedMessages: 0,
    sentCount: sent,
    receivedCount: messages.length - sent,
    sentBytes: 0,
    receivedBytes: 0,
    paused: state === "paused",
    pausedSince: state === "paused" ? 900 : undefined,
    heldCount: state === "paused" ? 3 : 0,
    countOnly: false,
    instance: undefined,
    attempts: undefined,
    trace: [],
    traceDone: false,
    traceProblem: undefined,
  };
  return (
    <div style={{ display: "flex", inlineSize: 900, blockSize: 480, background: "var(--bg-panel)" }}>
      <StreamConsole
        session={session}
        snapshot={snapshot}
        types={types}
        selected={selected}
        onSelect={setSelected}
        idle="Nothing sent yet"
        saveAs="stream"
      />
    </div>
  );
}
