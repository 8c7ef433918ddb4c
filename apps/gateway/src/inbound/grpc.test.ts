import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { envelopePrefix, outcomeOf, writeEnvelope, type Outcome } from "@rpcdeck/frames";
import { describe, expect, it } from "vitest";
import type { Call } from "../call/call.ts";
import { echo, startInbound, watchCall } from "./test-inbound.ts";

const path = "/pb.Greeter/SayHello";

interface Answer {
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly trailers: readonly string[];
  /** True when the header block was the whole answer. */
  readonly trailersOnly: boolean;
  readonly rstCode: number;
}

function open(url: string): ClientHttp2Session & Disposable {
  const session = http2.connect(url);
  session.on("error", () => {});
  return Object.assign(session, {
    [Symbol.dispose]: () => {
      session.destroy();
    },
  });
}

function request(session: ClientHttp2Session, headers: Record<string, string> = {}): ClientHttp2Stream {
  return session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers });
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const chunks: Buffer[] = [];
  let headers: readonly string[] = [];
  let trailers: readonly string[] = [];
  let trailersOnly = false;
  stream.on("response", (_, flags, raw: string[]) => {
    headers = raw;
    trailersOnly = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  });
  stream.on("trailers", (_, _flags, raw: string[]) => {
    trailers = raw;
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", () => {});
  await new Promise((done) => stream.once("close", done));
  return { headers, body: Buffer.concat(chunks), trailers, trailersOnly, rstCode: stream.rstCode };
}

/** The value of a header in a raw list. */
function value(raw: readonly string[], name: string): string | undefined {
  const at = raw.findIndex((entry, index) => index % 2 === 0 && entry === name);
  return at === -1 ? undefined : raw[at + 1];
}

describe("gRPC", () => {
  it("gives the same frames when the body comes byte by byte", async () => {
    await using server = await startInbound(echo);
    using session = open(server.url);
    const stream = request(session);
    const answer = answerOf(stream);
    const body = Buffer.concat([
      writeEnvelope(0, Buffer.from("one")),
      writeEnvelope(0, new Uint8Array()),
      writeEnvelope(0, Buffer.alloc(300, 7)),
    ]);
    for (const byte of body) await new Promise((done) => stream.write(Buffer.from([byte]), done));
    stream.end();
    expect((await answer).body.equals(body)).toBe(true);
  });

  it("sends headers before the first message, keeps duplicates and compression flags", async () => {
    await using server = await startInbound(echo);
    using session = open(server.url);
    const stream = request(session, { "grpc-encoding": "snappy", "grpc-accept-encoding": "gzip, br" });
    const responded = new Promise<string[]>((done) => stream.once("response", (_h, _f, raw: string[]) => done(raw)));
    const answer = answerOf(stream);
    const raw = await responded; // nothing was sent yet
    expect(raw.join(" ")).toContain("x-header h1 x-header h2");
    expect(value(raw, "grpc-encoding")).toBe("snappy");
    expect(value(raw, "content-type")).toBe("application/grpc");
    stream.end(writeEnvelope(1, Buffer.from("compressed")));
    const { body, trailers } = await answer;
    expect(body[0]).toBe(1);
    expect(trailers.join(" ")).toContain("x-trailer t1 x-trailer t2 grpc-status 0");
    expect(trailers.filter((entry) => entry === "grpc-status")).toHaveLength(1);
  });

  it("answers with one header block when the call ends without headers", async () => {
    const outcome: Outcome = { ...outcomeOf("not_found", "no 100%\n"), headers: [["rpcdeck-instance", "i"]], trailers: [["x-a", "1"]] };
    await using server = await startInbound((call) => {
      call.end(outcome);
    });
    using session = open(server.url);
    const stream = request(session);
    stream.end();
    const { headers, trailersOnly, body } = await answerOf(stream);
    expect([trailersOnly, body.length]).toEqual([true, 0]);
    expect([
      value(headers, "grpc-status"),
      value(headers, "grpc-message"),
      value(headers, "x-a"),
      value(headers, "rpcdeck-instance"),
    ]).toEqual(["5", "no 100%25%0A", "1", "i"]);
  });

  it("ends the stream of a caller that is still sending", async () => {
    await using server = await startInbound((call) => {
      call.end(outcomeOf("permission_denied", "no"));
    });
    using session = open(server.url);
    const stream = request(session);
    stream.write(writeEnvelope(0, new Uint8Array(10)));
    const { headers, rstCode } = await answerOf(stream);
    expect([value(headers, "grpc-status"), rstCode]).toEqual(["7", 0]);
  });

  it("refuses a message over the limit by its prefix and tells both sides", async () => {
    for (const raw of [false, true]) {
      const cancelled = Promise.withResolvers<Outcome>();
      await using server = await startInbound(
        (call) => {
          if (raw) (call.raw ?? expect.unreachable()).listen({ onData() {}, onEnd() {}, onCancel: cancelled.resolve });
          else void watchCall(call).cancelled.then(cancelled.resolve);
        },
        { limits: { maxMessageBytes: 1024 } },
      );
      using session = open(server.url);
      const stream = request(session);
      stream.write(envelopePrefix(0, 5 * 1024 * 1024));
      const { headers } = await answerOf(stream);
      expect(value(headers, "grpc-status")).toBe("8");
      expect(value(headers, "grpc-message")).toBe("request message of 5 MiB is larger than the limit of 1 KiB (--max-message)");
      expect((await cancelled.promise).code).toBe(8);
    }
  });

  it.each([
    ["an end inside a message", Buffer.from([0, 0, 0, 0, 9, 1]), "3"],
    ["unknown flags", Buffer.from([4, 0, 0, 0, 0]), "3"],
    ["a compressed message without a compression", Buffer.from([1, 0, 0, 0, 0]), "13"],
  ])("answers %s with an error", async (_title, body, status) => {
    await using server = await startInbound(echo);
    using session = open(server.url);
    const stream = request(session);
    stream.end(body);
    const { headers, trailers } = await answerOf(stream);
    expect(value(trailers, "grpc-status") ?? value(headers, "grpc-status")).toBe(status);
  });

  it("refuses a timeout that is none, and caps one above an hour", async () => {
    const calls: Call[] = [];
    await using server = await startInbound((call) => {
      calls.push(call);
      call.end(outcomeOf("ok"));
    });
    using session = open(server.url);
    for (const [timeout, status] of [
      ["soon", "3"],
      ["100H", "0"],
    ] as const) {
      const stream = request(session, { "grpc-timeout": timeout });
      stream.end();
      expect(value((await answerOf(stream)).headers, "grpc-status")).toBe(status);
    }
    expect(calls).toHaveLength(1);
    expect(calls[0]!.deadlineMs! - performance.now()).toBeLessThanOrEqual(3_600_000);
  });

  it.each(["reset", "connection lost"])(
    "tells of a caller's %s, also when the body is paused and when nobody listened yet",
    async (how) => {
      for (const when of ["listening", "paused", "later"] as const) {
        const arrived = Promise.withResolvers<Call>();
        const cancelled = Promise.withResolvers<Outcome>();
        await using server = await startInbound((call) => {
          if (when !== "later") void watchCall(call).cancelled.then(cancelled.resolve);
          if (when === "paused") call.pauseRequests();
          arrived.resolve(call);
        });
        using session = open(server.url);
        const stream = request(session);
        stream.on("error", () => {});
        stream.write(writeEnvelope(0, new Uint8Array(3)));
        const call = await arrived.promise;
        if (how === "reset") stream.close(http2.constants.NGHTTP2_CANCEL);
        else session.destroy();
        if (when === "later") {
          await new Promise((done) => stream.once("close", done));
          void watchCall(call).cancelled.then(cancelled.resolve);
        }
        expect((await cancelled.promise).code).toBe(1);
        call.end(outcomeOf("ok"));
        expect(call.write({ compressed: false, bytes: new Uint8Array(1) })).toBe(true);
      }
    },
  );

  it("holds a sender back while requests are paused", async () => {
    const arrived = Promise.withResolvers<Call>();
    let received = 0;
    await using server = await startInbound((call) => {
      const seen = watchCall(call, (frame) => {
        received += frame.bytes.length;
      });
      call.pauseRequests();
      arrived.resolve(call);
      void seen.ended.then(() => {
        call.end(outcomeOf("ok"));
      });
    });
    using session = open(server.url);
    const stream = request(session);
    const answer = answerOf(stream);
    let written = 0;
    const message = writeEnvelope(0, new Uint8Array(64 * 1024 - 5));
    const more = (): boolean => {
      written++;
      return stream.write(message, () => {
        flushed++;
      });
    };
    let flushed = 0;
    for (let index = 0; index < 64; index++) more();
    const call = await arrived.promise;
    await new Promise((done) => session.ping(done as never));
    await new Promise((done) => session.ping(done as never));
    expect(received).toBe(0);
    expect(flushed).toBeLessThan(written); // the window of 1 MiB is smaller than these 4 MiB
    call.resumeRequests();
    stream.end();
    expect(value((await answer).headers, "grpc-status")).toBe("0");
    expect(received).toBe(64 * (64 * 1024 - 5));
  });

  it("pumps raw bytes both ways untouched", async () => {
    await using server = await startInbound((call) => {
      const raw = call.raw ?? expect.unreachable();
      raw.respond([["x-a", "1"]], "gzip");
      raw.listen({
        onData(bytes) {
          if (!raw.write(bytes)) call.pauseRequests();
        },
        onEnd() {
          call.end(outcomeOf("ok"));
        },
        onCancel() {},
      });
      call.onDrain = () => {
        call.resumeRequests();
      };
    });
    using session = open(server.url);
    const stream = request(session, { "grpc-encoding": "gzip" });
    const body = Buffer.concat(Array.from({ length: 50 }, (_, n) => writeEnvelope(n % 2, Buffer.alloc(n * 1000, n))));
    stream.end(body);
    const answer = await answerOf(stream);
    expect(answer.body.equals(body)).toBe(true);
    expect([value(answer.headers, "grpc-encoding"), value(answer.trailers, "grpc-status")]).toEqual(["gzip", "0"]);
  });

  it("relays a header twice that HTTP has once", async () => {
    await using server = await startInbound((call) => {
      call.respond(
        [
          ["etag", "a"],
          ["etag", "b"],
        ],
        "identity",
      );
      call.end({
        ...outcomeOf("ok"),
        trailers: [
          ["retry-after", "1"],
          ["retry-after", "2"],
        ],
      });
    });
    using session = open(server.url);
    const stream = request(session);
    stream.end();
    const { headers, trailers } = await answerOf(stream);
    expect([headers.join(" "), trailers.join(" ")]).toEqual([
      expect.stringContaining("etag a etag b"),
      "retry-after 1 retry-after 2 grpc-status 0",
    ]);
  });

  it("answers internal when its handler throws, and tells of the bug", async () => {
    const bugs: unknown[] = [];
    const bug = new Error("secret");
    await using server = await startInbound(
      () => {
        throw bug;
      },
      { onBug: (error) => bugs.push(error) },
    );
    using session = open(server.url);
    const stream = request(session);
    stream.end();
    const { headers } = await answerOf(stream);
    expect([value(headers, "grpc-status"), bugs]).toEqual(["13", [bug]]);
    expect(headers.join(" ")).not.toContain("secret");
  });

  it("mends metadata that HTTP cannot carry", async () => {
    await using server = await startInbound((call) => {
      call.respond(
        [
          ["x-ok", "a\nb"],
          ["bad name", "x"],
          ["connection", "close"],
          ["grpc-status", "3"],
          ["x-é", "x"],
        ],
        "identity",
      );
      call.end({
        ...outcomeOf("ok"),
        trailers: [
          ["x-t", "snow ☃"],
          ["te", "x"],
          ["__proto__", "p"],
        ],
      });
    });
    using session = open(server.url);
    const stream = request(session);
    stream.end();
    const { headers, trailers } = await answerOf(stream);
    expect(value(headers, "x-ok")).toBe("a?b");
    expect(trailers).toEqual(["x-t", "snow ?", "__proto__", "p", "grpc-status", "0"]);
    expect(headers.filter((_, index) => index % 2 === 0)).toEqual([":status", "content-type", "x-ok", "date"]);
  });
});
