import http2 from "node:http2";
import { Code } from "@connectrpc/connect";
import { answerGrpc, grpcEnvelope } from "@rpcdeck/testkit";
import { describe, expect, it } from "vitest";
import { maxAttempts } from "../routing/route.ts";
import { testInstance } from "../test-gateway.ts";
import { backendOf, clients, failure, gatewayTo, goneAddress, rawBackend, rawCall } from "./test-relay.ts";

describe("tiers", () => {
  it("pumps gRPC to gRPC untouched and re-wraps the rest", async () => {
    const backend = await backendOf();
    const gateway = await gatewayTo({ instances: [testInstance(backend.address, "grpc")] });
    const { greeter } = clients(gateway);
    await greeter.sayHello({ name: "a" });
    gateway.instances = [testInstance(backend.address, "connect")];
    await greeter.sayHello({ name: "b" });
    expect(gateway.results.map(({ tier }) => tier)).toEqual([0, 1]);
    expect(gateway.results).toMatchObject([
      { requestMessages: 1, responseMessages: 1, outcome: { code: 0 } },
      { requestMessages: 1, responseMessages: 1, outcome: { code: 0 } },
    ]);
  });
});

describe("failover", () => {
  it("goes to the next instance when nobody listens at the first, and reports both", async () => {
    const backend = await backendOf();
    const gateway = await gatewayTo({
      instances: [testInstance(await goneAddress(), "grpc", "gone"), testInstance(backend.address, "grpc", "up")],
    });
    let headers = new Headers();
    const reply = await clients(gateway).greeter.sayHello({ name: "x" }, { onHeader: (received) => (headers = received) });
    expect(reply.message).toBe("hello x");
    expect(headers.get("rpcdeck-instance")).toBe("test/up");
    expect(headers.get("rpcdeck-attempts")).toBe("2");
    expect(gateway.reports).toEqual(["test/gone unreachable", "test/up reached"]);
    await clients(gateway).greeter.sayHello({ name: "y" });
    await clients(gateway).greeter.sayHello({ name: "z" });
    expect(gateway.results.slice(1).map(({ attempts }) => attempts)).toEqual([1, 1]); // the dead one is not tried first any more
  });

  it("goes from a gRPC instance to one of another protocol, with the request it had kept", async () => {
    const backend = await backendOf({ protocols: ["connect"] });
    const gateway = await gatewayTo({
      instances: [testInstance(await goneAddress(), "grpc", "gone"), testInstance(backend.address, "connect", "up")],
    });
    const people = Array.from({ length: 20 }, (_, id) => ({ id }));
    async function* stream(): AsyncIterable<{ id: number }> {
      for (const person of people) yield await Promise.resolve(person);
    }
    expect((await clients(gateway).book.importPeople(stream())).added).toBe(20);
  });

  it("names every address and cause when all are down", async () => {
    const [a, b] = [await goneAddress(), await goneAddress()];
    const gateway = await gatewayTo({ instances: [testInstance(a, "grpc", "a"), testInstance(b, "grpc", "b")] });
    const error = await failure(clients(gateway).greeter.sayHello({ name: "x" }));
    expect(error.code).toBe(Code.Unavailable);
    expect(error.rawMessage).toMatch(/^2 instances were tried/);
    expect(error.rawMessage).toContain(`${a}: connection refused`);
    expect(error.rawMessage).toContain(`${b}: connection refused`);
  });

  it("does not try another instance with failfast or a pinned one", async () => {
    const backend = await backendOf();
    const gone = await goneAddress();
    const gateway = await gatewayTo({ instances: [testInstance(gone, "grpc", "gone"), testInstance(backend.address, "grpc", "up")] });
    const { greeter } = clients(gateway);
    for (const headers of [{ "rpcdeck-target": "test/gone" }, { "rpcdeck-target": `grpc://${gone}` }]) {
      const error = await failure(greeter.sayHello({ name: "x" }, { headers }));
      expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: `${gone}: connection refused` });
    }
    expect((await greeter.sayHello({ name: "x" }, { headers: { "rpcdeck-fail": "failover" } })).message).toBe("hello x");
    expect(backend.seen.calls).toBe(1);
  });

  it("never repeats a request that a backend may have seen", async () => {
    const server = await rawBackend((stream) => stream.on("data", () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)));
    const other = await backendOf();
    const gateway = await gatewayTo({
      instances: [testInstance(server.address, "grpc", "first"), testInstance(other.address, "grpc", "second")],
    });
    const error = await failure(clients(gateway).greeter.sayHello({ name: "x" }));
    expect(error.code).toBe(Code.Internal);
    expect(other.seen.calls).toBe(0);
  });

  it("tries the only instance again when it refused the stream, up to the limit of attempts", async () => {
    let count = 0;
    const server = await rawBackend((stream) => {
      if (++count < maxAttempts) stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      else answerGrpc(stream, [new Uint8Array()]);
    });
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
    await clients(gateway).greeter.sayHello({ name: "x" });
    expect(gateway.results).toMatchObject([{ attempts: maxAttempts, outcome: { code: 0 } }]);
    count = -maxAttempts - 1;
    const error = await failure(clients(gateway).greeter.sayHello({ name: "x" }));
    expect(error.code).toBe(Code.Unavailable);
    expect(gateway.results[1]?.attempts).toBe(maxAttempts);
  });
});

describe("streams", () => {
  it("flushes headers before the first message, and messages as they come", async () => {
    const backend = await backendOf();
    const answers = Promise.withResolvers<void>();
    const server = await rawBackend((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      void answers.promise.then(() => stream.end(grpcEnvelope(Buffer.from("m"))));
    });
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
    const stream = rawCall(gateway);
    await new Promise((resolve) => stream.once("response", resolve));
    const data = new Promise((resolve) => stream.once("data", resolve));
    answers.resolve();
    await data;
    expect(backend.seen.calls).toBe(0);
  });

  it("carries a cancel to the backend within one turn of the network", async () => {
    const backend = await backendOf();
    for (const protocol of ["grpc", "connect", "grpc-web"] as const) {
      const gateway = await gatewayTo({ instances: [testInstance(backend.address, protocol)] });
      const before = backend.seen.cancelled;
      const abort = new AbortController();
      async function* wait(): AsyncIterable<{ text: string }> {
        yield await Promise.resolve({ text: "wait" });
        await new Promise((resolve) => abort.signal.addEventListener("abort", resolve));
      }
      const call = (async () => {
        for await (const answer of clients(gateway).chat.converse(wait(), { signal: abort.signal })) void answer;
      })();
      const calls = backend.seen.calls;
      await expect.poll(() => backend.seen.calls).toBeGreaterThan(calls);
      abort.abort();
      expect((await failure(call)).code).toBe(Code.Canceled);
      await expect.poll(() => backend.seen.cancelled).toBe(before + 1);
      await expect.poll(() => gateway.connections.counts().running).toBe(0);
    }
  });

  it("pauses the backend while the caller does not read", async () => {
    let sent = 0;
    const chunk = grpcEnvelope(new Uint8Array(64 * 1024));
    const server = await rawBackend((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      const pump = (): void => {
        while (sent < 1024 && !stream.destroyed) {
          sent++;
          if (!stream.write(chunk)) return void stream.once("drain", pump);
        }
      };
      pump();
    });
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
    const stream = rawCall(gateway);
    stream.pause();
    stream.end(grpcEnvelope(new Uint8Array()));
    let before = -1;
    await expect
      .poll(
        () => {
          const settled = sent > 0 && sent === before;
          before = sent;
          return settled;
        },
        { interval: 200, timeout: 5000 },
      )
      .toBe(true);
    expect(sent * chunk.length).toBeLessThan(8 * 1024 * 1024); // of 64 MiB
    let received = 0;
    stream.on("data", (data: Buffer) => (received += data.length));
    stream.resume();
    await expect.poll(() => received, { timeout: 20_000 }).toBe(1024 * chunk.length);
  });

  it("holds the caller back while the backend does not read", async () => {
    const server = await rawBackend((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      stream.pause();
    });
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
    const stream = rawCall(gateway);
    const chunk = grpcEnvelope(new Uint8Array(64 * 1024));
    let written = 0;
    const pump = (): void => {
      while (written < 4096) {
        written++;
        if (!stream.write(chunk)) return;
      }
    };
    stream.on("drain", pump);
    pump();
    let before = -1;
    await expect
      .poll(
        () => {
          const settled = written > 0 && written === before;
          before = written;
          return settled;
        },
        { interval: 200, timeout: 5000 },
      )
      .toBe(true);
    expect(written * chunk.length).toBeLessThan(8 * 1024 * 1024);
  });

  it("half-closes in either order", async () => {
    const backend = await backendOf();
    const gateway = await gatewayTo({ instances: [testInstance(backend.address, "grpc")] });
    const { chat } = clients(gateway);
    async function* two(): AsyncIterable<{ text: string }> {
      yield await Promise.resolve({ text: "a" });
      yield await Promise.resolve({ text: "fail" });
      await new Promise(() => {}); // the caller never half-closes
    }
    const texts: string[] = [];
    const call = (async () => {
      for await (const { text } of chat.converse(two())) texts.push(text);
    })();
    expect((await failure(call)).code).toBe(Code.Aborted);
    expect(texts).toEqual(["you said a"]);
  });
});

describe("limits", () => {
  it("carries 1000 calls at once", async () => {
    const backend = await backendOf({ maxConcurrentStreams: 2 });
    const gateway = await gatewayTo({ instances: [testInstance(backend.address, "grpc")] });
    const { greeter } = clients(gateway);
    const replies = await Promise.all(Array.from({ length: 1000 }, (_, index) => greeter.sayHello({ name: `${index}` })));
    expect(replies.map(({ message }) => message)).toEqual(Array.from({ length: 1000 }, (_, index) => `hello ${index}`));
    expect(gateway.connections.counts()).toMatchObject({ running: 0, waiting: 0 });
  });

  it("refuses a request message over the limit, naming both sizes", async () => {
    const backend = await backendOf();
    for (const protocol of ["grpc", "connect"] as const) {
      const gateway = await gatewayTo({ instances: [testInstance(backend.address, protocol)], maxMessageBytes: 1000 });
      const error = await failure(clients(gateway).book.addPerson({ photo: new Uint8Array(2000) }));
      expect(error.code).toBe(Code.ResourceExhausted);
      expect(error.rawMessage).toMatch(/message of 2 KiB is larger than the limit of/);
    }
  });

  it("refuses two messages for a unary method", async () => {
    const backend = await backendOf();
    const gateway = await gatewayTo({ instances: [testInstance(backend.address, "grpc")] });
    const stream = rawCall(gateway, "/pb.Greeter/SayHello");
    const status = new Promise((resolve) => {
      stream.on("trailers", (trailers) => resolve(trailers["grpc-status"]));
      stream.on("response", (headers) => headers["grpc-status"] !== undefined && resolve(headers["grpc-status"]));
    });
    stream.resume();
    stream.write(grpcEnvelope(new Uint8Array()));
    stream.end(grpcEnvelope(new Uint8Array()));
    expect(await status).toBe("12");
  });

  it("shows a unary request to a backend once it is whole and the only one, so that a second is refused before anything is done", async () => {
    for (const protocol of ["grpc", "grpc-web"] as const) {
      const { promise: began, resolve: begin } = Promise.withResolvers<boolean>();
      const server = await rawBackend((stream) => {
        // Like grpc-go: the first message is all it waits for.
        stream.once("data", () => {
          begin(true);
          answerGrpc(stream, [new Uint8Array()]);
        });
      });
      const gateway = await gatewayTo({ instances: [testInstance(server.address, protocol)] });
      const stream = rawCall(gateway, "/pb.Greeter/SayHello");
      const status = new Promise((resolve) => {
        stream.on("trailers", (trailers) => resolve(trailers["grpc-status"]));
        stream.on("response", (headers) => headers["grpc-status"] !== undefined && resolve(headers["grpc-status"]));
      });
      stream.resume();
      stream.write(grpcEnvelope(new Uint8Array(20)));
      await expect.poll(() => server.streams()).toBe(1);
      expect(await Promise.race([began, new Promise((resolve) => setTimeout(resolve, 100, false))])).toBe(false);
      stream.end(grpcEnvelope(new Uint8Array()));
      expect(await status).toBe("12");
      expect(await Promise.race([began, Promise.resolve(false)])).toBe(false);
    }
  });
});

describe("faults of the call", () => {
  it("says what exists when the service is unknown", async () => {
    const gateway = await gatewayTo({ instances: [] });
    const stream = rawCall(gateway, "/unknown.Greter/SayHello");
    stream.end(grpcEnvelope(new Uint8Array()));
    const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) => stream.on("response", resolve));
    expect(headers["grpc-status"]).toBe("12");
    expect(decodeURIComponent(String(headers["grpc-message"]))).toBe("no instance has service unknown.Greter; did you mean pb.Greeter?");
  });

  const refusals: readonly [headers: Record<string, string>, code: Code, message: RegExp][] = [
    [{ "rpcdeck-target": "test/nobody" }, Code.FailedPrecondition, /there is no instance test\/nobody/],
    [{ "rpcdeck-target": "http://x:1" }, Code.InvalidArgument, /http:\/\//],
    [{ "rpcdeck-target": "grpc://169.254.169.254:80" }, Code.PermissionDenied, /does not call/],
    [{ "rpcdeck-target": "grpc://[::ffff:a9fe:a9fe]:80" }, Code.PermissionDenied, /does not call/],
    [{ "rpcdeck-select": "best" }, Code.InvalidArgument, /best is none of round-robin, random/],
    [{ "rpcdeck-fail": "never" }, Code.InvalidArgument, /never is none of failover, failfast/],
    [{ "rpcdeck-hop": "1" }, Code.FailedPrecondition, /limit is 1/],
  ];
  it.each(refusals)("refuses %j", async (headers, code, message) => {
    const backend = await backendOf();
    const gateway = await gatewayTo({ instances: [testInstance(backend.address, "grpc")] });
    const error = await failure(clients(gateway).greeter.sayHello({ name: "x" }, { headers }));
    expect(error.code).toBe(code);
    expect(error.rawMessage).toMatch(message);
    expect(backend.seen.calls).toBe(0);
  });

  it("calls a typed target, and finds out how a bare address is spoken to", async () => {
    const backend = await backendOf();
    const h1 = await backendOf({ http: "http/1.1" });
    const gateway = await gatewayTo({ instances: [] });
    const { greeter } = clients(gateway);
    for (const target of [
      `grpc://${backend.address}`,
      `connect+http://${h1.address}`,
      `grpc-web+http://${h1.address}`,
      backend.address,
      h1.address,
    ]) {
      const headers = { "rpcdeck-target": target };
      expect((await greeter.sayHello({ name: target }, { headers })).message).toBe(`hello ${target}`);
    }
  });

  it("says that the kind is not known where a Connect backend needs it", async () => {
    const backend = await backendOf();
    const gateway = await gatewayTo({ instances: [testInstance(backend.address, "connect")], hasSchemas: false });
    const error = await failure(clients(gateway).greeter.sayHello({ name: "x" }));
    expect(error).toMatchObject({ code: Code.FailedPrecondition, rawMessage: "the kind of /pb.Greeter/SayHello is not known: no schema" });
  });

  it("ends at the deadline when a backend says nothing, and resets it", async () => {
    let reset = 0;
    const server = await rawBackend((stream) => stream.on("close", () => (reset = stream.rstCode ?? 0)));
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
    const stream = rawCall(gateway, "/test.Raw/Call", { "grpc-timeout": "100m" });
    stream.end(grpcEnvelope(new Uint8Array()));
    const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) => stream.on("response", resolve));
    expect(headers["grpc-status"]).toBe("4");
    await expect.poll(() => reset).toBe(http2.constants.NGHTTP2_CANCEL);
  });
});
