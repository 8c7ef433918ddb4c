import { useMemo, useState } from "react";
import type { CallSession, CallSnapshot } from "#data/call-state.ts";
import type { Draft } from "#data/draft.ts";
import { createTraceReader, type TraceBody, type TraceLegs } from "#data/trace-legs.ts";
import { bytesText } from "#lib/format.ts";
import type { LegBytes, WireLeg } from "#features/inspector/types.ts";

const emptyLegs = createTraceReader()([]);

/** Both legs of a draft's last call, as far as they are recorded. */
export function useTraceLegs(session: CallSession | undefined, snapshot: CallSnapshot | undefined): TraceLegs {
  const reader = useMemo(() => (session === undefined ? undefined : createTraceReader()), [session]);
  return reader === undefined || snapshot === undefined ? emptyLegs : reader(snapshot.trace);
}

/** The tabs of the wire dock: the legs of the last call, and the message in hand where it differs from what was sent. */
export function useWireLegs(
  draft: Draft,
  sent: Draft | undefined,
  snapshot: CallSnapshot | undefined,
  legs: TraceLegs,
): readonly WireLeg[] {
  const [bodies] = useState(() => ({ growing: new WeakMap<TraceBody, LegBytes>(), final: new WeakMap<TraceBody, LegBytes>() }));
  const isDraftShown = sent === undefined || sent.message !== draft.message;
  const message = draft.message;
  const inHand = useMemo(
    (): WireLeg => ({
      id: "draft",
      label: "message",
      protocol: `not sent, ${bytesText(message.length)}`,
      request: { kind: "bytes", bytes: message, framing: "none", codec: "proto", encoding: "", droppedBytes: 0, isComplete: true },
      response: absent(sent === undefined ? "Not sent yet" : "This message is not sent yet"),
    }),
    [message, sent],
  );
  const { inbound, outbound } = legs;
  const problem = snapshot?.traceProblem;
  const ended = snapshot?.state.kind === "ended";
  return useMemo(() => {
    if (sent === undefined) return [inHand];
    const of = (body: TraceBody | undefined, why: string): LegBytes => {
      if (body === undefined) return absent(problem ?? why);
      // Where the call is over, nothing comes any more, even to a leg whose end was not seen.
      const isComplete = body.isComplete || ended;
      const seen = isComplete ? bodies.final : bodies.growing;
      let known = seen.get(body);
      if (known === undefined) {
        // Without an envelope an empty protobuf message has no bytes at all, and is a message all the same.
        const isMissing = body.bytes.length === 0 && isComplete && (body.framing !== "none" || body.codec === "json");
        known = isMissing ? absent("No body") : { kind: "bytes", ...body, isComplete };
        seen.set(body, known);
      }
      return known;
    };
    const waiting = ended ? "Nothing was recorded" : "Nothing yet";
    const both: WireLeg[] = [
      {
        id: "inbound",
        label: "browser → gateway",
        protocol: inbound.protocol,
        request: of(inbound.request, waiting),
        response: of(inbound.response, waiting),
      },
      {
        id: "outbound",
        label: "gateway → backend",
        protocol: outbound.protocol,
        request: of(outbound.request, ended ? "The gateway called no backend" : waiting),
        response: of(outbound.response, ended ? "No backend answered" : waiting),
      },
    ];
    return isDraftShown ? [inHand, ...both] : both;
  }, [bodies, sent, inHand, isDraftShown, inbound, outbound, problem, ended]);
}

function absent(reason: string): LegBytes {
  return { kind: "absent", reason };
}
