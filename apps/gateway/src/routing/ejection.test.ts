import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { listen, startBackend } from "@rpcdeck/testkit";
import http2 from "node:http2";
import { expect, test } from "vitest";
import { defaultEjectionLimits } from "../catalog/instance-health.ts";
import { startTestGateway, testInstance } from "../test-gateway.ts";

/** A server that takes every call and answers UNAVAILABLE, and how many it saw. */
async function startBroken() {
  const seen = { calls: 0 };
  const handler = connectNodeAdapter({
    routes: (router) => {
      router.rpc(Greeter.method.sayHello, () => {
        seen.calls++;
        throw new ConnectError("the database is away", Code.Unavailable);
      });
    },
  });
  return { ...(await listen(http2.createServer(handler))), seen };
}

test("an instance whose calls fail is left out after five of them, and the answer of the backend is never tried again", async () => {
  const [one, two, broken] = await Promise.all([startBackend(), startBackend(), startBroken()]);
  await using gateway = await startTestGateway({
    instances: [one, broken, two].map(({ address }, at) => testInstance(address, "grpc", String(at))),
  });
  const client = createClient(Greeter, createGrpcTransport({ baseUrl: gateway.url }));
  const codes: (Code | undefined)[] = [];
  for (let call = 0; call < 300; call++) {
    codes.push(
      await client.sayHello({ name: "x" }).then(
        () => undefined,
        (error: unknown) => ConnectError.from(error).code,
      ),
    );
  }
  expect(codes.filter((code) => code === Code.Unavailable)).toHaveLength(defaultEjectionLimits.ejectAfter);
  expect(codes.slice(15).every((code) => code === undefined)).toBe(true);
  expect(broken.seen.calls).toBe(defaultEjectionLimits.ejectAfter);
  expect(one.seen.calls + two.seen.calls).toBe(300 - defaultEjectionLimits.ejectAfter);
  await Promise.all([one.close(), two.close(), broken.close()]);
});

test("the only instance is called on, however often it fails", async () => {
  const broken = await startBroken();
  await using gateway = await startTestGateway({ instances: [testInstance(broken.address, "grpc")] });
  const client = createClient(Greeter, createGrpcTransport({ baseUrl: gateway.url }));
  for (let call = 0; call < 20; call++) {
    await expect(client.sayHello({ name: "x" })).rejects.toMatchObject({ code: Code.Unavailable, rawMessage: "the database is away" });
  }
  expect(broken.seen.calls).toBe(20);
  await broken.close();
});
