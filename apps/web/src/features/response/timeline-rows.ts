import { Direction, Leg, TraceEvent_Kind, type TraceEvent } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { bytesText, countOf } from "#lib/format.ts";

/** One thing that happened on a leg; neighbouring pieces of one body are one row. */
export interface TimelineRow {
  /** Milliseconds since the call arrived at the gateway: of the first and the last event. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly leg: "inbound" | "outbound";
  readonly direction: "request" | "response";
  readonly what: string;
  readonly note: string;
  readonly tone: "plain" | "attempt" | "broken";
}

/** The rows of a trace in order. */
export function timelineRows(trace: readonly TraceEvent[]): TimelineRow[] {
  const rows: TimelineRow[] = [];
  let pieces = 0;
  let bytes = 0;
  let newestAttempt = 0;
  trace.forEach((event, index) => {
    const last = trace[index - 1];
    const goesOn =
      event.kind === TraceEvent_Kind.DATA &&
      last?.kind === TraceEvent_Kind.DATA &&
      last.leg === event.leg &&
      last.direction === event.direction &&
      last.attempt === event.attempt;
    if (event.kind === TraceEvent_Kind.ATTEMPT) newestAttempt = event.attempt;
    pieces = goesOn ? pieces + 1 : 1;
    bytes = (goesOn ? bytes : 0) + event.bytes.length + Number(event.dropped);
    const { what, ...described } = describe(event, pieces, bytes);
    const row: TimelineRow = {
      fromMs: goesOn ? (rows.at(-1)?.fromMs ?? event.timeMs) : event.timeMs,
      toMs: event.timeMs,
      leg: event.leg === Leg.OUTBOUND ? "outbound" : "inbound",
      direction: event.direction === Direction.RESPONSE ? "response" : "request",
      // Two attempts of a hedged call go on side by side: what belongs to the older one says so.
      what: event.leg === Leg.OUTBOUND && event.attempt < newestAttempt ? `${what} of attempt ${event.attempt}` : what,
      ...described,
    };
    if (goesOn) rows[rows.length - 1] = row;
    else rows.push(row);
  });
  return rows;
}

function describe(event: TraceEvent, pieces: number, bytes: number): Pick<TimelineRow, "what" | "note" | "tone"> {
  switch (event.kind) {
    case TraceEvent_Kind.ATTEMPT:
      return { what: `attempt ${event.attempt}`, note: `${event.instanceId} (${event.address}), ${event.protocol}`, tone: "attempt" };
    case TraceEvent_Kind.HEADERS:
      return { what: "headers", note: bytesText(event.bytes.length), tone: "plain" };
    case TraceEvent_Kind.DATA:
      return { what: "body", note: pieces === 1 ? bytesText(bytes) : `${bytesText(bytes)} in ${countOf(pieces, "piece")}`, tone: "plain" };
    case TraceEvent_Kind.TRAILERS:
      return { what: "trailers", note: bytesText(event.bytes.length), tone: "plain" };
    case TraceEvent_Kind.END:
      return { what: "end", note: event.note, tone: "plain" };
    case TraceEvent_Kind.ABORTED:
      return { what: "broken off", note: event.note, tone: "broken" };
    case TraceEvent_Kind.UNSPECIFIED:
    default: // a newer gateway may know more kinds
      return { what: "something", note: event.note, tone: "plain" };
  }
}
