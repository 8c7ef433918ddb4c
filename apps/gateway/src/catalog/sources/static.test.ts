import { expect, test } from "vitest";
import { staticInstance } from "./static.ts";

test("a target without a pattern waits for reflection", () => {
  expect(staticInstance({ pattern: undefined, url: "grpc://127.0.0.1:50051" })).toMatchObject({
    id: "static/grpc://127.0.0.1:50051",
    registeredAs: "127.0.0.1:50051",
    services: undefined,
    protocol: "grpc",
    tls: { kind: "plaintext" },
  });
});

test("a target with a pattern serves it, over TLS as it says", () => {
  expect(
    staticInstance({ pattern: "pb.*", url: "connect+https://example.com?verify=none", metadata: [["authorization", "x"]] }),
  ).toMatchObject({
    id: "static/pb.*=connect+https://example.com?verify=none",
    services: ["pb.*"],
    protocol: "connect",
    protocolName: "Connect",
    address: "example.com:443",
    tls: { kind: "tls", verify: false },
    metadata: [["authorization", "x"]],
  });
});

test("a target that is none says so", () => {
  expect(staticInstance({ pattern: undefined, url: "ftp://x" })).toHaveProperty("problem");
});
