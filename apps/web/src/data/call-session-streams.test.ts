import { envelopeFlags, outcomeOf, writeConnectEndStream, writeEnvelope, writeGrpcWebTrailers } from "@rpcdeck/frames";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { carrierOf } from "./call-session.ts";
import { createStreamSlots } from "./stream-slots.ts";
import { call, draft, ended, outcomeIn, serve, when } from "./test-call.ts";

describe("streams by fetch", () => {
  it("reads gRPC-Web messages and trailers, compressed ones too", async () => {
    const { origin, seen } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/grpc-web+proto", "grpc-encoding": "gzip" });
      response.write(writeEnvelope(0, new Uint8Array([1])));
      response.write(writeEnvelope(envelopeFlags.compressed, gzipSync(Buffer.from([2, 2]))));
      response.end(
        writeGrpcWebTrailers([
          ["grpc-status", "9"],
          ["grpc-message", "not%20now"],
          ["x-t", "1"],
        ]),
      );
    });
    const snapshot = await ended(
      call(origin, { protocol: "grpc-web", deadlineMs: 2000, deadlineChosen: true }, { kind: "server-stream" }).session,
    );
    expect(seen[0]).toMatchObject({
      headers: { "content-type": "application/grpc-web+proto", "grpc-timeout": "2000m", "x-grpc-web": "1" },
    });
    expect([...seen[0]!.body]).toEqual([0, 0, 0, 0, 3, 1, 2, 3]);
    expect(outcomeIn(snapshot)).toMatchObject({ code: 9, message: "not now", trailers: [["x-t", "1"]] });
    expect(snapshot.messages.slice(1).map(({ bytes }) => [...bytes])).toEqual([[1], [2, 2]]);
  });

  it("reads a trailers-only gRPC-Web answer", async () => {
    const { origin } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/grpc-web+proto", "grpc-status": "12", "grpc-message": "no such method" });
      response.end();
    });
    expect(outcomeIn(await ended(call(origin, { protocol: "grpc-web" }).session))).toMatchObject({ code: 12, message: "no such method" });
  });

  it("reads Connect stream messages as they come, and the end message", async () => {
    let finish: () => void = () => {};
    const { origin } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/connect+json" });
      response.write(writeEnvelope(0, new TextEncoder().encode("{}")));
      finish = () => response.end(writeConnectEndStream({ ...outcomeOf("aborted", "enough"), trailers: [["a", "b"]] }));
    });
    const { session } = call(origin, { codec: "json" }, { kind: "server-stream" });
    const open = await when(session, ({ receivedCount }) => receivedCount === 1);
    expect(open.state.kind).toBe("open");
    finish();
    expect(outcomeIn(await ended(session))).toMatchObject({ code: 10, message: "enough", trailers: [["a", "b"]] });
  });

  it("says when a stream ends without its end, or inside a message", async () => {
    const check = async (tail: Uint8Array, expected: string) => {
      const { origin } = await serve((response) => {
        response.writeHead(200, { "content-type": "application/connect+proto" });
        response.end(tail);
      });
      expect(outcomeIn(await ended(call(origin, {}, { kind: "server-stream" }).session))).toMatchObject({ code: 13, message: expected });
    };
    await check(writeEnvelope(0, new Uint8Array([1])), "the stream ended without its last message");
    await check(new Uint8Array([0, 0, 0, 0, 9, 1]), "the stream ended inside a message, after 6 bytes of it");
  });

  it("holds messages back while paused, reads some more, and goes on", async () => {
    let send: (count: number) => void = () => {};
    const { origin } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/connect+proto" });
      send = (count) => {
        for (let n = 0; n < count; n++) response.write(writeEnvelope(0, new Uint8Array([n])));
      };
      send(1);
    });
    const { session } = call(origin, {}, { kind: "server-stream" });
    await when(session, ({ receivedCount }) => receivedCount === 1);
    session.pause();
    send(5);
    session.read(2);
    expect(await when(session, ({ receivedCount }) => receivedCount === 3)).toMatchObject({ paused: true });
    session.resume();
    expect(await when(session, ({ receivedCount }) => receivedCount === 6)).toMatchObject({ paused: false, heldCount: 0 });
  });

  it("sends the third stream at a time through the tunnel", () => {
    const slots = createStreamSlots();
    expect(carrierOf(draft, "server-stream", slots)).toEqual({ kind: "fetch" });
    const give = slots.take();
    slots.take();
    expect(carrierOf(draft, "server-stream", slots).kind).toBe("tunnel");
    give();
    give();
    expect(carrierOf(draft, "server-stream", slots).kind).toBe("fetch");
    expect(slots.isFree()).toBe(true);
  });
});
