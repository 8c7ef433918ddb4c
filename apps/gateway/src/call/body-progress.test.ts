// Who may be quiet, and who only holds a call open.
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { testInstance, type TestGateway } from "../test-gateway.ts";
import { gatewayTo, rawBackend, rawCall } from "./test-relay.ts";

const bodyIdleMs = 150;
const noProgress = (bytes: string): string => `request body made no progress for 0.15 s, the limit (--body-timeout), after ${bytes}`;

/** A gateway to a backend that never answers, which knows the schemas of the demo services or none. */
async function quietGateway(hasSchemas = true): Promise<TestGateway> {
  const backend = await rawBackend(() => {});
  return gatewayTo({ instances: [testInstance(backend.address, "grpc")], hasSchemas, inbound: { limits: { bodyIdleMs } } });
}

/** Status and message of a gRPC call with these bytes as the beginning of its body. */
async function grpcEnd(gateway: TestGateway, path: string, bytes: Uint8Array): Promise<string> {
  const stream = rawCall(gateway, path);
  if (bytes.length > 0) stream.write(bytes);
  const headers = await new Promise<Record<string, unknown>>((done) => stream.once("response", done));
  return `${String(headers["grpc-status"])} ${decodeURIComponent(String(headers["grpc-message"]))}`;
}

describe("a method of one request message whose body makes no progress", () => {
  it.each([
    ["unary", "/pb.Greeter/SayHello"],
    ["server stream", "/pb.AddressBookService/ListPeople"],
  ])("ends over gRPC: %s", async (_kind, path) => {
    const gateway = await quietGateway();
    expect(await grpcEnd(gateway, path, Buffer.alloc(0))).toBe(`4 ${noProgress("0 bytes")}`);
    expect(await grpcEnd(gateway, path, Buffer.from([0, 0, 0]))).toBe(`4 ${noProgress("3 bytes")}`);
    await expect.poll(() => gateway.connections.counts().running).toBe(0);
  });

  it("ends over gRPC-Web", async () => {
    const gateway = await quietGateway();
    const body = await new Promise<string>((done, failed) => {
      const request = http.request(`${gateway.url}/pb.Greeter/SayHello`, {
        method: "POST",
        headers: { "content-type": "application/grpc-web+proto" },
        agent: false,
      });
      request.on("error", failed).once("response", (response) => {
        let text = "";
        response
          .on("data", (chunk: Buffer) => (text += chunk.toString("latin1")))
          .once("end", () => {
            request.destroy();
            done(text);
          });
      });
      request.write(Buffer.from([0, 0, 0, 0, 9, 1]));
    });
    expect(body).toContain("grpc-status: 4");
    expect(body).toContain(noProgress("6 bytes"));
  });

  it("goes on while something comes", async () => {
    const gateway = await quietGateway();
    const stream = rawCall(gateway, "/pb.Greeter/SayHello");
    for (const byte of [0, 0, 0, 0, 1, 0]) {
      stream.write(Buffer.from([byte]));
      await sleep(bodyIdleMs / 2);
    }
    expect(stream.closed).toBe(false);
    stream.close();
  });
});

it("lets streams of requests, and methods whose kind nobody knows, be quiet", async () => {
  const streams = [
    rawCall(await quietGateway(), "/rpcdeck.demo.v1.Chat/Converse"),
    rawCall(await quietGateway(), "/pb.AddressBookService/ImportPeople"),
    rawCall(await quietGateway(false), "/pb.Greeter/SayHello"),
  ];
  await sleep(bodyIdleMs * 3);
  expect(streams.map((stream) => stream.closed)).toEqual([false, false, false]);
  for (const stream of streams) stream.close();
});
