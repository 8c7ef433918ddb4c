import http2 from "node:http2";
import https from "node:https";
import type { SecureContextOptions } from "node:tls";
import { answerGrpc, clientCertificate, listen, otherCertificate, serverCertificate, testAuthority } from "@rpcdeck/testkit";
import { afterEach, describe, expect, it } from "vitest";
import type { InstanceTls } from "../catalog/instance.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { createConnections } from "./connections.ts";
import { createEndpoint } from "./endpoint.ts";
import { probe } from "./probe.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function secureServer(options: SecureContextOptions & { requestCert?: boolean; rejectUnauthorized?: boolean }): Promise<number> {
  const server = http2.createSecureServer(options);
  server.on("stream", (stream) => answerGrpc(stream, []));
  server.on("tlsClientError", () => {}); // refused handshakes are what is tested
  const { port, close } = await listen(server);
  cleanups.push(close);
  return port;
}

/** How a POST ends: "HTTP 200 over h2", or the fault's message without the port. */
function post(address: string, tls: InstanceTls, version: "h2" | "any" = "h2"): Promise<string> {
  const pool = createConnections({ policy: createAddressPolicy() });
  cleanups.push(() => pool.close());
  let used = "";
  return new Promise((resolve) => {
    const exchange = pool.open(
      createEndpoint(address, tls, "configured", version),
      { path: "/a/B", headers: [] },
      {
        onOpen(found) {
          used = found;
          exchange.end();
        },
        onHeaders: (status) => resolve(`HTTP ${status} over ${used}`),
        onData: () => undefined,
        onDrain: () => undefined,
        onEnd: () => undefined,
        onFault: ({ error }) => resolve(error.message.replace(/:\d+:/u, ":")),
      },
    );
  });
}

describe("TLS to instances", () => {
  it("checks the certificate by authority and name, or not at all, as the instance says", async () => {
    const port = await secureServer(serverCertificate);
    const verified: InstanceTls = { kind: "tls", verify: true, ca: testAuthority };
    expect(await post(`127.0.0.1:${port}`, verified)).toBe("HTTP 200 over h2");
    expect(await post(`localhost:${port}`, verified)).toBe("HTTP 200 over h2");
    expect(await post(`127.0.0.1:${port}`, { kind: "tls", verify: true })).toBe(
      "127.0.0.1: certificate is not signed by a trusted authority",
    );
    expect(await post(`127.0.0.1:${port}`, { kind: "tls", verify: false })).toBe("HTTP 200 over h2");
  });

  it("refuses a certificate for another name, unless that name is asked for", async () => {
    const port = await secureServer(otherCertificate);
    const verified: InstanceTls = { kind: "tls", verify: true, ca: testAuthority };
    expect(await post(`localhost:${port}`, verified)).toBe("localhost: certificate is for another name (DNS:other.test)");
    expect(await post(`localhost:${port}`, { ...verified, serverName: "other.test" })).toBe("HTTP 200 over h2");
  });

  it("shows its own certificate where the server asks for one", async () => {
    const port = await secureServer({ ...serverCertificate, ca: testAuthority, requestCert: true, rejectUnauthorized: true });
    const verified: InstanceTls = { kind: "tls", verify: true, ca: testAuthority };
    expect(await post(`127.0.0.1:${port}`, { ...verified, clientCert: clientCertificate })).toBe("HTTP 200 over h2");
    expect(await post(`127.0.0.1:${port}`, verified)).toMatch(/^127\.0\.0\.1: /);
  });

  it("uses HTTP/1.1 where ALPN says so", async () => {
    const server = https.createServer(serverCertificate, (request, response) => {
      request.resume();
      response.end();
    });
    const { port, close } = await listen(server);
    cleanups.push(close);
    const tls: InstanceTls = { kind: "tls", verify: true, ca: testAuthority };
    expect(await post(`127.0.0.1:${port}`, tls, "any")).toBe("HTTP 200 over http/1.1");
  });
});

describe("probe", () => {
  const options = { policy: createAddressPolicy(), trust: "typed" } as const;

  it("finds TLS with HTTP/2 and says why its certificate is not trusted", async () => {
    const port = await secureServer(serverCertificate);
    const { result, steps } = await probe(`127.0.0.1:${port}`, options);
    expect(result).toMatchObject({ kind: "found", tls: true, http: "h2", protocol: "grpc" });
    expect(result).toMatchObject({ certificateProblem: expect.stringContaining("not signed by a trusted authority") });
    expect(steps.map(({ title, ok }) => [title, ok])).toEqual([
      ["Connect", true],
      ["HTTP/2 without TLS (h2c)", false],
      ["TLS", true],
      ["Certificate", false],
    ]);
  });

  it("refuses what the policy refuses, before it dials", async () => {
    const { result } = await probe("169.254.169.254:80", options);
    expect(result).toMatchObject({ kind: "failed", error: { code: "target_forbidden" } });
  });

  it("names address and cause when nobody is there", async () => {
    const server = http2.createServer();
    const { address, close } = await listen(server);
    await close();
    expect(await probe(address, options)).toMatchObject({
      result: { kind: "failed", error: { message: `${address}: connection refused` } },
      steps: [{ title: "Connect", ok: false }],
    });
  });
});
