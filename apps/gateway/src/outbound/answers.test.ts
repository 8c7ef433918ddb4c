import { Code } from "@connectrpc/connect";
import { writeGrpcWebTrailers } from "@rpcdeck/frames";
import { grpcEnvelope } from "@rpcdeck/testkit";
import { describe, expect, it } from "vitest";
import { clients, failure, gatewayTo, rawBackend } from "../call/test-relay.ts";
import type { InstanceProtocol } from "../catalog/instance.ts";
import { testInstance } from "../test-gateway.ts";

const json = new TextEncoder().encode("{}");

describe("an answer in another codec than the call's", () => {
  const cases: readonly [protocol: InstanceProtocol, type: string, body: Uint8Array][] = [
    ["grpc", "application/grpc+json", grpcEnvelope(json)],
    ["grpc-web", "application/grpc-web+json", grpcEnvelope(json)],
    ["connect", "application/json", json],
  ];
  it.each(cases)("is a fault of a %s backend", async (protocol, type, body) => {
    const server = await rawBackend((stream) => {
      stream.respond({ ":status": 200, "content-type": type });
      stream.end(body);
    });
    const gateway = await gatewayTo({ instances: [testInstance(server.address, protocol)] });
    const error = await failure(clients(gateway).greeter.sayHello({ name: "x" }));
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).toBe(`${server.address}: answered in codec json, and was asked in proto`);
  });

  it("is a fault of a Connect stream too", async () => {
    const server = await rawBackend((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/connect+json" });
      stream.end(grpcEnvelope(json));
    });
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "connect")] });
    const answers = clients(gateway).chat.converse((async function* () {})());
    const error = await failure(answers[Symbol.asyncIterator]().next());
    expect(error).toMatchObject({ code: Code.Internal, rawMessage: expect.stringContaining("answered in codec json") });
  });
});

describe("a gRPC-Web backend with a status in its headers", () => {
  const backendWith = async (body: Uint8Array | undefined) => {
    const server = await rawBackend((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc-web", "grpc-status": "8", "x-a": "1" });
      stream.end(body);
    });
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc-web")] });
    return failure(clients(gateway).greeter.sayHello({ name: "x" }));
  };

  it("ends with it where nothing follows", async () => {
    expect((await backendWith(undefined)).code).toBe(Code.ResourceExhausted);
  });

  it("ends with the status of its trailers frame where there is one, and its headers stay headers", async () => {
    const error = await backendWith(writeGrpcWebTrailers([["grpc-status", "9"]]));
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(error.metadata.get("x-a")).toBe("1");
  });
});
