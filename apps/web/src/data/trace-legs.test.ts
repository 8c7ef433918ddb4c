import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Direction, Leg, TraceEvent_Kind, TraceEventSchema, type TraceEvent } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { buildConnectGet } from "@rpcdeck/frames";
import { describe, expect, it } from "vitest";
import { createTraceReader } from "./trace-legs.ts";

const event = (leg: Leg, direction: Direction, kind: TraceEvent_Kind, more: MessageInitShape<typeof TraceEventSchema> = {}): TraceEvent =>
  create(TraceEventSchema, { leg, direction, kind, ...more });
const lines = (...headers: string[]) => new TextEncoder().encode(headers.map((line) => `${line}\r\n`).join(""));
const { INBOUND, OUTBOUND } = Leg;
const { REQUEST, RESPONSE } = Direction;
const { ATTEMPT, HEADERS, DATA, TRAILERS, END, ABORTED } = TraceEvent_Kind;

describe("trace reader", () => {
  it("joins the pieces of each leg and direction, and tells framing, codec and encoding from the headers", () => {
    const read = createTraceReader();
    const trace = [
      event(INBOUND, REQUEST, HEADERS, {
        protocol: "Connect over HTTP/1.1",
        bytes: lines(":method: POST", ":path: /a.B/C", "content-type: application/json"),
      }),
      event(INBOUND, REQUEST, DATA, { protocol: "Connect over HTTP/1.1", bytes: new Uint8Array([1, 2]) }),
      event(OUTBOUND, REQUEST, ATTEMPT, { protocol: "gRPC over h2c", instanceId: "e/1", address: "127.0.0.1:1", attempt: 1 }),
      event(OUTBOUND, REQUEST, HEADERS, {
        protocol: "gRPC over h2c",
        bytes: lines("content-type: application/grpc+proto", "grpc-encoding: gzip"),
      }),
    ];
    const first = read(trace);
    expect(first.inbound.request).toMatchObject({
      bytes: new Uint8Array([1, 2]),
      framing: "none",
      codec: "json",
      encoding: "",
      isComplete: false,
    });
    expect(first.outbound).toMatchObject({ protocol: "gRPC over h2c", instanceId: "e/1", request: { framing: "grpc", encoding: "gzip" } });
    expect(read(trace)).toBe(first);
    trace.push(event(INBOUND, REQUEST, DATA, { bytes: new Uint8Array([3]), dropped: 9n }), event(INBOUND, REQUEST, END));
    const second = read(trace);
    expect(second.inbound.request).toMatchObject({ bytes: new Uint8Array([1, 2, 3]), droppedBytes: 9, isComplete: true });
    expect(second.outbound.request).toBe(first.outbound.request);
  });

  it("shows the newest attempt of the outbound leg", () => {
    const legs = createTraceReader()([
      event(OUTBOUND, REQUEST, ATTEMPT, { instanceId: "e/1", attempt: 1 }),
      event(OUTBOUND, REQUEST, HEADERS, { bytes: lines("content-type: application/grpc") }),
      event(OUTBOUND, REQUEST, DATA, { bytes: new Uint8Array([1]) }),
      event(OUTBOUND, REQUEST, ATTEMPT, { instanceId: "e/2", attempt: 2 }),
      event(OUTBOUND, RESPONSE, HEADERS, { bytes: lines(":status: 200", "content-type: application/grpc", "x-a: 1") }),
      event(OUTBOUND, RESPONSE, TRAILERS, { bytes: lines("grpc-status: 0") }),
    ]);
    expect(legs.outbound).toMatchObject({ instanceId: "e/2", request: undefined, responseTrailers: [["grpc-status", "0"]] });
    expect(legs.outbound.responseHeaders[2]).toEqual(["x-a", "1"]);
  });

  it("shows the attempt that was answered, where two went on side by side", () => {
    const first = { attempt: 1, protocol: "gRPC over h2c" };
    const second = { attempt: 2, protocol: "Connect over h2c" };
    const legs = createTraceReader()([
      event(OUTBOUND, REQUEST, ATTEMPT, { ...first, instanceId: "e/1" }),
      event(OUTBOUND, REQUEST, HEADERS, { ...first, bytes: lines("content-type: application/grpc", "x-a: 1") }),
      event(OUTBOUND, REQUEST, ATTEMPT, { ...second, instanceId: "e/2" }),
      event(OUTBOUND, RESPONSE, HEADERS, { ...first, bytes: lines(":status: 200", "content-type: application/grpc") }),
      event(OUTBOUND, REQUEST, HEADERS, { ...second, bytes: lines("content-type: application/proto", "x-a: 2") }),
      event(OUTBOUND, REQUEST, ABORTED, second),
      event(OUTBOUND, RESPONSE, TRAILERS, { ...first, bytes: lines("grpc-status: 0") }),
    ]);
    expect(legs.outbound).toMatchObject({
      instanceId: "e/1",
      protocol: "gRPC over h2c",
      requestHeaders: [
        ["content-type", "application/grpc"],
        ["x-a", "1"],
      ],
      responseTrailers: [["grpc-status", "0"]],
    });
  });

  it("reads tunnelled bodies as gRPC frames in the call's codec", () => {
    const protocol = "gRPC in the tunnel";
    const legs = createTraceReader()([
      event(INBOUND, REQUEST, HEADERS, { protocol, bytes: lines(":path: /a.B/C", "codec: json") }),
      event(INBOUND, RESPONSE, HEADERS, { protocol, bytes: lines("encoding: gzip") }),
    ]);
    expect(legs.inbound.response).toMatchObject({ framing: "grpc", codec: "json", encoding: "gzip" });
  });

  it("finds the message of a GET in its address", () => {
    const query = buildConnectGet({ codec: "proto", encoding: "identity", message: new Uint8Array([8, 1]) });
    const legs = createTraceReader()([event(INBOUND, REQUEST, HEADERS, { bytes: lines(":method: GET", `:path: /a.B/C?${query}`) })]);
    expect(legs.inbound.request).toMatchObject({ bytes: new Uint8Array([8, 1]), framing: "none", codec: "proto" });
  });
});
