import { TraceEvent_Kind } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { expect, it } from "vitest";
import { createTraceHub, defaultTraceLimits } from "./trace-recorder.ts";

const id = "f".repeat(32);

it("hands out events in order and is done with the last", () => {
  const hub = createTraceHub();
  const trace = hub.open(id, "Connect over HTTP/1.1");
  let wakes = 0;
  const subscription = hub.subscribe(id, () => wakes++);
  trace?.headers("inbound", "request", [["a", "1"]]);
  trace?.data("inbound", "request", new Uint8Array([1, 2]));
  expect(wakes).toBe(2);
  expect(subscription.take(1)).toMatchObject({ events: [{ kind: TraceEvent_Kind.HEADERS }], done: false });
  trace?.finish();
  trace?.finish();
  expect(subscription.take(1 << 20)).toMatchObject({ events: [{ kind: TraceEvent_Kind.DATA }], done: true });
  expect(hub.open(id, "again")).toBeUndefined();
  hub.close();
});

it("keeps its own copy of bytes", () => {
  const hub = createTraceHub();
  const trace = hub.open(id, "x");
  const bytes = Buffer.from([1, 2, 3]);
  trace?.data("outbound", "response", bytes);
  bytes.fill(0);
  expect([...(hub.subscribe(id, () => {}).take(1000).events[0]?.bytes ?? [])]).toEqual([1, 2, 3]);
  hub.close();
});

it("counts what is over the limit of a call instead of keeping it", () => {
  const hub = createTraceHub({ ...defaultTraceLimits, maxCallBytes: 1000 });
  const trace = hub.open(id, "x");
  for (let count = 0; count < 10; count++) trace?.data("inbound", "response", new Uint8Array(600));
  const { events } = hub.subscribe(id, () => {}).take(1 << 20);
  const kept = events.reduce((sum, event) => sum + event.bytes.length, 0);
  const dropped = events.reduce((sum, event) => sum + Number(event.dropped), 0);
  expect([kept + dropped, kept < 1000, events.length < 10]).toEqual([6000, true, true]);
  hub.close();
});

it("records no call beyond its number, and forgets calls after their time", async () => {
  const hub = createTraceHub({ ...defaultTraceLimits, maxCalls: 1, keepMs: 10 });
  hub.open(id, "x")?.finish();
  expect(hub.open("e".repeat(32), "x")).toBeUndefined();
  const gone = Promise.withResolvers<void>();
  const waiting = hub.subscribe("d".repeat(32), gone.resolve); // its call never comes
  await gone.promise;
  expect(waiting.take(1)).toEqual({ events: [], done: true });
  expect(hub.open("e".repeat(32), "x")).toBeDefined();
  hub.close();
});
