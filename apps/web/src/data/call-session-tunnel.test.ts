import { outcomeOf } from "@rpcdeck/frames";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { carrierOf } from "./call-session.ts";
import { createStreamSlots } from "./stream-slots.ts";
import { call, draft, ended, outcomeIn, when } from "./test-call.ts";

describe("calls in the tunnel", () => {
  it("is taken for gRPC, client and bidi streams, repeated keys and names that fetch may not set", () => {
    const slots = createStreamSlots();
    const entry = (name: string) => ({ name, value: "1", enabled: true });
    expect(carrierOf({ ...draft, protocol: "grpc" }, "unary", slots).kind).toBe("tunnel");
    expect(carrierOf(draft, "bidi", slots).kind).toBe("tunnel");
    expect(carrierOf(draft, "client-stream", slots).kind).toBe("tunnel");
    expect(carrierOf({ ...draft, metadata: [entry("a"), entry("A")] }, "unary", slots)).toEqual({
      kind: "tunnel",
      reason: "a is there twice, and fetch would join the two",
    });
    expect(carrierOf({ ...draft, metadata: [entry("user-agent")] }, "unary", slots).kind).toBe("tunnel");
    expect(carrierOf({ ...draft, metadata: [entry("a"), { ...entry("a"), enabled: false }] }, "unary", slots).kind).toBe("fetch");
  });

  it("sends messages one by one, half-closes, gives credit for what it took, and ends", async () => {
    const { session, calls } = call("", {}, { kind: "bidi", first: undefined });
    const { options, listener, did } = calls[0]!;
    expect(options).toMatchObject({ path: "/pb.Greeter/SayHello", codec: "proto" });
    expect(options.metadata[0]).toEqual(["rpcdeck-call", session.id]);
    expect(did).toEqual([]);
    session.send(new Uint8Array([1]));
    listener.onHeaders([["rpcdeck-instance", "i"]], "");
    listener.onMessage({ compressed: false, bytes: new Uint8Array([2, 2]) });
    session.halfClose();
    session.send(new Uint8Array([3]));
    expect(did).toEqual([{ compressed: false, bytes: [1] }, { grant: 3 }, "halfClose"]);
    const open = await when(session, ({ receivedCount }) => receivedCount === 1);
    expect(open).toMatchObject({ state: { kind: "open", halfClosed: true }, instance: "i", sentCount: 1 });
    listener.onEnd({ ...outcomeOf("ok"), trailers: [["t", "1"]] });
    expect(outcomeIn(await ended(session))).toMatchObject({ code: 0, trailers: [["t", "1"]] });
  });

  it("keeps the order of compressed messages and of the end", async () => {
    const { session, calls } = call("", { encoding: "gzip" }, { kind: "bidi" });
    const { listener, did } = calls[0]!;
    session.halfClose();
    await expect.poll(() => did).toEqual([{ compressed: true, bytes: [1, 2, 3] }, "halfClose"]);
    listener.onHeaders([], "gzip");
    listener.onMessage({ compressed: true, bytes: gzipSync(Buffer.alloc(5000, 1)) });
    listener.onMessage({ compressed: false, bytes: new Uint8Array([2]) });
    listener.onEnd(outcomeOf("ok"));
    const snapshot = await ended(session);
    expect(snapshot.messages.slice(1).map(({ bytes }) => bytes[0])).toEqual([1, 2]);
  });

  it("gives no credit while paused", async () => {
    const { session, calls } = call("", {}, { kind: "bidi", first: undefined });
    const { listener, did } = calls[0]!;
    session.pause();
    listener.onMessage({ compressed: false, bytes: new Uint8Array(9) });
    expect(did).toEqual([]);
    expect(await when(session, ({ heldCount }) => heldCount === 1)).toMatchObject({ paused: true, receivedCount: 0 });
    session.resume();
    expect(did).toEqual([{ grant: 10 }]);
  });

  it("collects the trace, and says why when there is none", async () => {
    const { session, watches } = call("", {}, { kind: "bidi", first: undefined });
    watches[0]!.listener.onProblem("tunnel closed");
    expect((await when(session, ({ traceProblem }) => traceProblem !== undefined)).traceProblem).toBe("tunnel closed");
  });
});
