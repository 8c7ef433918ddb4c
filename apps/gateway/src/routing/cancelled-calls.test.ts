import { once } from "node:events";
import http2, { type ServerHttp2Stream } from "node:http2";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CatalogService, Instance_Health as Health } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { answerGrpc, startRawH2 } from "@rpcdeck/testkit";
import { expect, test } from "vitest";
import { defaultEjectionLimits } from "../catalog/instance-health.ts";
import { startWholeGateway } from "../test-whole-gateway.ts";

/** More than leave an instance out. */
const calls = defaultEjectionLimits.ejectAfter + 2;

const path = "/test.Raw/Call";

/** A whole gateway before two instances of test.Raw that are answered by `onStream`; what the page would show of them. */
async function startGateway(onStream: (stream: ServerHttp2Stream) => void, flags: readonly string[] = []) {
  const start = () =>
    startRawH2((stream, headers) => {
      if (headers[":path"] === path) onStream(stream);
      else answerGrpc(stream, [], "12"); // it has no reflection
    });
  const servers = await Promise.all([start(), start()]);
  const targets = servers.flatMap(({ address }) => ["--target", `test.Raw=grpc://${address}`]);
  const gateway = await startWholeGateway(["--no-embedded-registry", "--health-interval", "0", ...targets, ...flags]);
  const { address } = gateway;
  const session = http2.connect(address);
  const catalog = createClient(CatalogService, createGrpcTransport({ baseUrl: address }));
  return {
    address,
    session,
    begin: (contentType: string) => {
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": contentType, te: "trailers" });
      stream.on("error", () => {});
      return stream;
    },
    /** Calls and errors of the last minute, once `count` calls have ended. */
    async traffic(count: number) {
      for await (const { instances } of catalog.watchTraffic({})) {
        const seen = instances.reduce((sum, one) => sum + one.calls, 0);
        if (seen === count) return { calls: seen, errors: instances.reduce((sum, one) => sum + one.errors, 0) };
      }
      throw new Error("the stream ended");
    },
    async healths() {
      const { catalog: shown } = await catalog.getCatalog({});
      return shown?.instances.filter(({ id }) => id.startsWith("static/")).map(({ health }) => health);
    },
    async close() {
      session.destroy();
      await gateway.close(0);
      for (const server of servers) await server.close();
    },
  };
}

const emptyMessage = Buffer.alloc(5);

test("calls that are cancelled before the backend answers are no errors of its instance", async () => {
  let onCall = (): void => {};
  const gateway = await startGateway(() => onCall());
  for (let call = 0; call < calls; call++) {
    const arrived = new Promise<void>((done) => (onCall = done));
    const stream = gateway.begin("application/grpc");
    stream.end(emptyMessage);
    await arrived;
    stream.close(http2.constants.NGHTTP2_CANCEL);
  }
  expect(await gateway.traffic(calls)).toEqual({ calls, errors: 0 });
  expect(await gateway.healths()).toEqual([Health.HEALTHY, Health.HEALTHY]);
  await gateway.close();
});

test("calls that are cancelled after its headers are no errors of its instance either", async () => {
  const gateway = await startGateway((stream) => stream.respond({ ":status": 200, "content-type": "application/grpc" }));
  for (let call = 0; call < calls; call++) {
    const stream = gateway.begin("application/grpc");
    stream.end(emptyMessage);
    await once(stream, "response");
    stream.close(http2.constants.NGHTTP2_CANCEL);
  }
  expect(await gateway.traffic(calls)).toEqual({ calls, errors: 0 });
  expect(await gateway.healths()).toEqual([Health.HEALTHY, Health.HEALTHY]);
  await gateway.close();
});

test("a caller whose request stalls does not get the instances left out", async () => {
  const gateway = await startGateway(() => {}, ["--body-timeout", "1100ms"]);
  const streams = Array.from({ length: calls * 2 }, () => {
    const stream = gateway.begin("application/proto"); // Connect: a unary call, whatever is known of its method
    stream.write(emptyMessage); // and no more
    return stream;
  });
  const statuses = await Promise.all(streams.map(async (stream) => (await once(stream, "response"))[0][":status"] as unknown));
  expect(statuses).toEqual(streams.map(() => 504));
  expect(await gateway.traffic(calls * 2)).toEqual({ calls: calls * 2, errors: 0 });
  expect(await gateway.healths()).toEqual([Health.HEALTHY, Health.HEALTHY]);
  await gateway.close();
});
