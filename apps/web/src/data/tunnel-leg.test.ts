import { outcomeOf, type Frame, type Outcome } from "@rpcdeck/frames";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { expect, it } from "vitest";
import { carrierOf } from "./call-session.ts";
import type { MessageEncoding } from "./draft.ts";
import type { TunnelCallListener, TunnelCallOptions } from "./tunnel-call.ts";
import { createTunnelClient, type TunnelClient } from "./tunnel-client.ts";
import { openTunnelLeg } from "./tunnel-leg.ts";

/** A leg with this encoding in a tunnel that keeps what it is given. The gateway's part of br is zlib's; of zstd it is away. */
function open(encoding: MessageEncoding) {
  const did: unknown[] = [];
  const messages: Uint8Array[] = [];
  const ended = Promise.withResolvers<Outcome>();
  const given: { options?: TunnelCallOptions; listener?: TunnelCallListener } = {};
  const tunnel: TunnelClient = {
    ...createTunnelClient({ url: "ws://127.0.0.1:1/", token: () => undefined }),
    openCall(options, listener) {
      Object.assign(given, { options, listener });
      return {
        waitingBytes: 0,
        send: ({ compressed, bytes }: Frame) => did.push(compressed ? [...brotliDecompressSync(bytes)] : "not compressed"),
        halfClose: () => did.push("halfClose"),
        cancel: () => did.push("cancel"),
        grant: () => {},
      };
    },
  };
  const leg = openTunnelLeg(
    tunnel,
    { path: "/a.B/C", kind: "bidi", codec: "proto", headers: [], timeoutMs: undefined, encoding },
    { onSent: () => {}, onHeaders: () => {}, onMessage: (bytes) => messages.push(bytes), onEnd: ended.resolve },
    {
      compress: (bytes, by) =>
        by === "br" ? Promise.resolve(brotliCompressSync(bytes)) : Promise.reject(new Error("the gateway is away")),
      decompress: (bytes) => Promise.resolve(brotliDecompressSync(bytes)),
    },
  );
  return { leg, did, messages, ended: ended.promise, options: given.options!, listener: given.listener! };
}

it("sends what a browser cannot compress in order, and reads answers in it", async () => {
  const { leg, did, messages, ended, options, listener } = open("br");
  expect(options).toMatchObject({ encoding: "br", acceptEncodings: ["br", "gzip"] });
  const sizes: number[] = [];
  leg.send(new Uint8Array([1, 2, 3]), (size) => sizes.push(size));
  leg.send(new Uint8Array(5000), (size) => sizes.push(size));
  leg.halfClose();
  await expect.poll(() => did).toEqual([[1, 2, 3], Array<number>(5000).fill(0), "halfClose"]);
  expect(sizes[1]).toBeLessThan(100);
  listener.onHeaders([], "br");
  listener.onMessage({ compressed: true, bytes: brotliCompressSync(Buffer.alloc(5000, 1)) });
  listener.onMessage({ compressed: false, bytes: new Uint8Array([9]) });
  listener.onEnd(outcomeOf("ok"));
  expect((await ended).code).toBe(0);
  expect(messages.map(({ length }) => length)).toEqual([5000, 1]);
});

it("ends a call whose message cannot be compressed, and cancels it", async () => {
  const { leg, did, ended } = open("zstd");
  leg.send(new Uint8Array([1]), () => expect.unreachable());
  expect(await ended).toMatchObject({ code: 14, message: "a message cannot be compressed: the gateway is away" });
  expect(did).toEqual(["cancel"]);
});

it("is what br and zstd go by, and gzip does not need", () => {
  const carrier = (encoding: MessageEncoding) =>
    carrierOf({ protocol: "connect", metadata: [], encoding }, "unary", { isFree: () => true }).kind;
  expect([carrier(""), carrier("gzip"), carrier("br"), carrier("zstd")]).toEqual(["fetch", "fetch", "tunnel", "tunnel"]);
});
