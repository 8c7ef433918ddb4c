import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Direction, Leg, TraceEvent_Kind, TraceEventSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { expect, it } from "vitest";
import { timelineRows } from "./timeline-rows.ts";

const { ATTEMPT, HEADERS, DATA, ABORTED } = TraceEvent_Kind;
const outbound = (kind: TraceEvent_Kind, attempt: number, more: MessageInitShape<typeof TraceEventSchema> = {}) =>
  create(TraceEventSchema, { leg: Leg.OUTBOUND, direction: Direction.REQUEST, kind, attempt, ...more });

it("joins neighbouring pieces of one body, but not those of two attempts", () => {
  const rows = timelineRows([
    outbound(DATA, 1, { bytes: new Uint8Array(2), timeMs: 1 }),
    outbound(DATA, 1, { bytes: new Uint8Array(3), timeMs: 2 }),
    outbound(DATA, 2, { bytes: new Uint8Array(4), timeMs: 3 }),
  ]);
  expect(rows.map(({ what, note, fromMs, toMs }) => [what, note, fromMs, toMs])).toEqual([
    ["body", "5 B in 2 pieces", 1, 2],
    ["body", "4 B", 3, 3],
  ]);
});

it("names the attempt of what belongs to an older one", () => {
  const rows = timelineRows([outbound(ATTEMPT, 1), outbound(HEADERS, 1), outbound(ATTEMPT, 2), outbound(HEADERS, 2), outbound(ABORTED, 1)]);
  expect(rows.map(({ what }) => what)).toEqual(["attempt 1", "headers", "attempt 2", "headers", "broken off of attempt 1"]);
});
