// Targets of the configuration file with an authority, a client certificate and a name of their own, against real TLS servers.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http2, { type IncomingHttpHeaders } from "node:http2";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TlsOptions, TLSSocket } from "node:tls";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { fixedReflection, registerReflection } from "@rpcdeck/services";
import {
  clientCertificate,
  demoServices,
  listen,
  otherCertificate,
  type Seen,
  serverCertificate,
  testAuthority,
  type TestServer,
} from "@rpcdeck/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startWholeGateway } from "./test-whole-gateway.ts";

vi.setConfig({ testTimeout: 30_000 }); // many gateways are started, on machines that may be busy

const descriptors = readFileSync(new URL("../../../packages/protocol/descriptors.binpb", import.meta.url));

/** What a server saw of its callers. */
interface Callers {
  /** Names in the certificates they showed. */
  readonly shown: Set<string>;
  /** Names they asked for in TLS, and names they called. */
  readonly asked: Set<string>;
  readonly called: Set<string>;
}

let folder = "";
const closings: (() => unknown)[] = [];
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "rpcdeck-tls-targets-"));
  const pems = {
    "ca.pem": testAuthority,
    "client.pem": clientCertificate.cert,
    "client-key.pem": clientCertificate.key,
    "server.pem": serverCertificate.cert,
    "server-key.pem": serverCertificate.key,
  };
  for (const [name, text] of Object.entries(pems)) writeFileSync(file(name), text);
});
afterAll(async () => {
  for (const close of closings.toReversed()) await close();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string): string {
  return path.join(folder, name);
}

/** The demo services with reflection, over TLS. */
async function backend(options: TlsOptions, version: "h2" | "http/1.1" = "h2"): Promise<TestServer & Callers> {
  const seen: Seen = { calls: 0, cancelled: 0, timeoutMs: undefined, headers: new Headers() };
  const handler = connectNodeAdapter({
    routes(router) {
      demoServices("tls", seen)(router);
      registerReflection(router, fixedReflection(descriptors, ["pb.Greeter"]));
    },
  });
  const [shown, asked, called] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const server = version === "h2" ? http2.createSecureServer(options, handler) : https.createServer(options, handler);
  server.on("tlsClientError", () => {}); // refused handshakes are what is tested
  server.on("secureConnection", (socket: TLSSocket) => {
    const { subject } = socket.getPeerCertificate();
    if (subject !== undefined) shown.add(String(subject.CN));
    asked.add(String(Reflect.get(socket, "servername"))); // of a server's side, which its types do not know
  });
  server.on("request", (request: { readonly headers: IncomingHttpHeaders }) => {
    called.add(request.headers[":authority"] ?? request.headers.host ?? "");
  });
  const listening = await listen(server);
  closings.push(listening.close);
  return { ...listening, shown, asked, called };
}

/** The same without TLS. */
async function plaintextBackend(): Promise<TestServer & Pick<Callers, "called">> {
  const called = new Set<string>();
  const server = http2.createServer((request, response) => {
    called.add(request.authority);
    response.writeHead(200, { "content-type": "application/grpc", "grpc-status": "0" }).end(); // trailers-only
  });
  const listening = await listen(server);
  closings.push(listening.close);
  return { ...listening, called };
}

/** A gateway with these targets in the file of --config. */
async function gatewayWith(target: readonly unknown[], ...argv: readonly string[]): Promise<string> {
  const config = path.join(mkdtempSync(path.join(folder, "config-")), "rpcdeck.json");
  writeFileSync(config, JSON.stringify({ target }));
  const gateway = await startWholeGateway(["--config", config, "--connect-timeout", "2s", ...argv]);
  closings.push(() => gateway.close());
  return gateway.address;
}

/** SayHello in JSON to this target, which needs the server's schema too: the greeting, or what is wrong. */
async function hello(gateway: string, url: string, pattern = "pb.Greeter"): Promise<string> {
  const headers = { "content-type": "application/json", "rpcdeck-target": `static/${pattern}=${url}` };
  const answer = await fetch(`${gateway}/pb.Greeter/SayHello`, { method: "POST", headers, body: '{"name":"TLS"}' });
  return String(((await answer.json()) as { message?: string }).message);
}

const wantsCertificate = { ...serverCertificate, ca: testAuthority, requestCert: true, rejectUnauthorized: true };
const own = () => ({ ca: file("ca.pem"), cert: file("client.pem"), key: file("client-key.pem") });

describe("a target of the configuration file", () => {
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const scheme of ["grpcs://", "connect+https://", "grpc-web+https://", ""]) {
      test(`shows its client certificate over ${maxVersion} as ${scheme === "" ? "a bare host:port" : scheme}, for calls and reflection`, async () => {
        const { address, shown } = await backend({ ...wantsCertificate, maxVersion });
        const url = `${scheme}${address}`;
        const gateway = await gatewayWith([{ url, pattern: "pb.Greeter", ...own() }]);
        await expect.poll(() => hello(gateway, url), { timeout: 10_000 }).toBe("hello TLS"); // a bare one is looked at first
        expect([...shown]).toEqual(["rpcdeck test client"]);
      });
    }

    test(`without a client certificate says over ${maxVersion} that the server wants one`, async () => {
      const [overH2, overH1] = [
        await backend({ ...wantsCertificate, maxVersion }),
        await backend({ ...wantsCertificate, maxVersion }, "http/1.1"),
      ];
      const said =
        maxVersion === "TLSv1.2" ? /may want a client certificate$/u : /client certificate.* this target has none \(cert and key/u;
      for (const url of [`grpcs://${overH2.address}`, `connect+https://${overH2.address}`, `connect+https://${overH1.address}`]) {
        const gateway = await gatewayWith([{ url, pattern: "pb.Greeter", ca: file("ca.pem") }]);
        expect(await hello(gateway, url)).toMatch(said);
      }
    });
  }

  test("with a client certificate that the server does not trust says so", async () => {
    const { address } = await backend({ ...wantsCertificate, ca: otherCertificate.cert });
    const url = `grpcs://${address}`;
    const gateway = await gatewayWith([{ url, pattern: "pb.Greeter", ...own() }]);
    expect(await hello(gateway, url)).toMatch(
      /does not trust the client certificate|refused the client certificate|may not trust the one shown/u,
    );
  });

  test("trusts its own authority instead of that of --tls-ca, and another target does not", async () => {
    const { address } = await backend(serverCertificate);
    writeFileSync(file("stranger.pem"), otherCertificate.cert);
    const [one, another] = [`grpcs://${address}`, `grpcs://localhost:${address.split(":")[1]}`];
    const targets = [
      { url: one, pattern: "pb.Greeter", ca: file("ca.pem") },
      { url: another, pattern: "pb.*" }, // under another name: instances of one name share a schema, and the failure to get it
    ];
    const gateway = await gatewayWith(targets, "--tls-ca", file("stranger.pem"));
    expect(await hello(gateway, one)).toBe("hello TLS");
    expect(await hello(gateway, another, "pb.*")).toContain("not signed by a trusted authority");
  });

  test("with files that are missing, or do not belong together, keeps the gateway from starting", async () => {
    const start = (target: object) => gatewayWith([{ url: "grpcs://a.example", ...target }]);
    await expect(start({ cert: file("nope.pem"), key: file("client-key.pem") })).rejects.toThrow(/target.cert .*nope.pem: ENOENT/u);
    await expect(start({ cert: file("server.pem"), key: file("client-key.pem") })).rejects.toThrow(/does not belong to the certificate/u);
  });
});

describe("a target with an authority", () => {
  for (const [scheme, version] of [
    ["grpcs", "h2"],
    ["connect+https", "h2"],
    ["connect+https", "http/1.1"],
    ["grpc-web+https", "h2"],
  ] as const) {
    test(`calls by that name and checks the certificate against it: ${scheme} over ${version}`, async () => {
      const { address, asked, called } = await backend(otherCertificate, version);
      const [url, elsewhere] = [`${scheme}://${address}`, `${scheme}://localhost:${address.split(":")[1]}`];
      const named = await gatewayWith([{ url: `${url}?authority=other.test`, pattern: "pb.Greeter", ca: file("ca.pem") }]);
      expect(await hello(named, `${url}?authority=other.test`)).toBe("hello TLS");
      expect([[...asked], [...called]]).toEqual([["other.test"], ["other.test"]]);
      const ported = await gatewayWith([{ url: elsewhere, pattern: "pb.Greeter", ca: file("ca.pem"), authority: "other.test:8443" }]);
      expect(await hello(ported, `${elsewhere}?authority=other.test%3A8443`)).toBe("hello TLS");
      expect([[...asked], [...called]]).toEqual([["other.test"], ["other.test", "other.test:8443"]]);
      const plain = await gatewayWith([{ url, pattern: "pb.Greeter", ca: file("ca.pem") }]);
      expect(await hello(plain, url)).toContain("certificate is for another name (DNS:other.test)");
    });
  }

  test("may ask for another name in TLS than it calls", async () => {
    const { address, asked, called } = await backend(otherCertificate);
    const url = `grpcs://${address}?authority=greeter.internal&server-name=other.test`;
    const gateway = await gatewayWith([{ url, pattern: "pb.Greeter", ca: file("ca.pem") }]);
    expect(await hello(gateway, url)).toBe("hello TLS");
    expect([[...asked], [...called]]).toEqual([["other.test"], ["greeter.internal"]]);
  });

  test("calls by that name without TLS too, typed or configured, on a connection of its own", async () => {
    const { address, called, sockets } = await plaintextBackend();
    const gateway = await gatewayWith([`grpc://${address}`, `a.B=grpc://${address}?authority=one.test`], "--health-interval", "0");
    const call = async (target: string): Promise<void> => {
      const headers = { "content-type": "application/grpc-web+proto", "rpcdeck-target": target };
      await (await fetch(`${gateway}/a.B/C`, { method: "POST", headers, body: new Uint8Array(5) })).arrayBuffer();
    };
    await call(`static/a.B=grpc://${address}?authority=one.test`);
    await call(`grpc://${address}?authority=two.test`);
    await call(`static/grpc://${address}`);
    expect([...called]).toEqual(expect.arrayContaining(["one.test", "two.test", address]));
    expect(sockets.size).toBeGreaterThanOrEqual(3);
  });
});
