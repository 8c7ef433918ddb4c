// TLS from end to end: the gateway's own port, and targets with good and bad certificates.
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { TunnelStartSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { create, toBinary } from "@bufbuild/protobuf";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import { tunnelTypes, writeTunnelMessage } from "@rpcdeck/frames";
import { clientCertificate, listen } from "@rpcdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { hasOpenssl, makeTestCertificates, type TestCertificates } from "./test-certificates.ts";
import { startWholeGateway } from "./test-whole-gateway.ts";

if (!hasOpenssl) process.stderr.write("tls.test.ts is skipped: there is no openssl on PATH\n");

describe.skipIf(!hasOpenssl)("TLS", () => {
  let certificates: TestCertificates;
  const closings: (() => unknown)[] = [];
  beforeAll(() => {
    certificates = makeTestCertificates();
  });
  afterAll(async () => {
    for (const close of closings.toReversed()) await close();
    certificates[Symbol.dispose]();
  });

  async function start(...argv: string[]): Promise<string> {
    const gateway = await startWholeGateway(argv);
    closings.push(() => gateway.close());
    const { address } = gateway;
    return address;
  }

  /** A gRPC server that answers every request with one empty message, over TLS. */
  async function backend({ cert, key }: TestCertificates["good"]): Promise<string> {
    const server = http2.createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) });
    server.on("tlsClientError", () => {}); // refused handshakes are what is tested
    server.on("stream", (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.resume().once("end", () => stream.end(Buffer.alloc(5)));
    });
    const { address, close } = await listen(server);
    closings.push(close);
    return address;
  }

  test("the port speaks Connect over HTTP/1.1 and HTTP/2, gRPC and the tunnel with a certificate, and plaintext beside", async () => {
    const { cert, key } = certificates.good;
    const address = await start("--tls-cert", cert, "--tls-key", key);
    expect(address).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/u);
    const nodeOptions = { ca: readFileSync(certificates.ca) };
    for (const transport of [
      createConnectTransport({ baseUrl: address, httpVersion: "1.1", nodeOptions }),
      createConnectTransport({ baseUrl: address, httpVersion: "2", nodeOptions }),
      createGrpcTransport({ baseUrl: address, nodeOptions }),
      createGrpcTransport({ baseUrl: address.replace("https", "http") }),
    ])
      expect((await createClient(Greeter, transport).sayHello({ name: "TLS" })).message).toBe("hello TLS");

    const socket = new WebSocket(`${address.replace("https", "wss")}/-/tunnel`, "rpcdeck.tunnel.v1", nodeOptions);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const answered = new Promise((resolve) => socket.once("message", resolve));
    const begin = create(TunnelStartSchema, { path: "/pb.Greeter/SayHello", codec: "proto" });
    socket.send(writeTunnelMessage(1, tunnelTypes.start, toBinary(TunnelStartSchema, begin)));
    socket.send(writeTunnelMessage(1, tunnelTypes.message, new Uint8Array(), 0));
    socket.send(writeTunnelMessage(1, tunnelTypes.halfClose, new Uint8Array()));
    await answered;
    socket.close();
    await new Promise((resolve) => socket.once("close", resolve));
  });

  test("with --tls-client-ca only callers with a certificate of that authority are served, and nobody in plaintext", async () => {
    const { cert, key } = certificates.good;
    const address = await start("--tls-cert", cert, "--tls-key", key, "--tls-client-ca", certificates.ca);
    const trusted = { ca: readFileSync(certificates.ca) };
    const shown = (pair: TestCertificates["good"]) => ({ ...trusted, cert: readFileSync(pair.cert), key: readFileSync(pair.key) });
    const hello = async (nodeOptions: object, httpVersion: "1.1" | "2"): Promise<string> => {
      const transport = createConnectTransport({ baseUrl: address, httpVersion, nodeOptions });
      return createClient(Greeter, transport)
        .sayHello({ name: "mTLS" })
        .then(
          ({ message }) => message,
          () => "refused",
        );
    };
    for (const version of ["1.1", "2"] as const) {
      expect(await hello(shown(certificates.good), version)).toBe("hello mTLS");
      expect(await hello(trusted, version)).toBe("refused");
      expect(await hello(shown(certificates.expired), version)).toBe("refused");
      const stranger = { ...trusted, cert: clientCertificate.cert, key: clientCertificate.key };
      expect(await hello(stranger, version)).toBe("refused");
    }
    const said = (nodeOptions: object): Promise<string> =>
      new Promise((resolve, reject) => {
        const request = https.get(address, { ...nodeOptions, agent: false }, (response) => {
          response.setEncoding("utf8").on("data", (text: string) => resolve(`${response.statusCode} ${text}`));
        });
        request.on("error", reject);
      });
    expect(await said(trusted)).toMatch(/^403 .*--tls-client-ca, and none was shown\n$/u);
    expect(await said(shown(certificates.expired))).toMatch(/^403 .*the one shown does not hold: CERT_HAS_EXPIRED\n$/u);
    const uncertified = http2.connect(address, trusted);
    uncertified.on("error", () => {});
    const debug = await new Promise((resolve) => uncertified.once("goaway", (_code, _last, data) => resolve(String(data))));
    expect(debug).toContain("none was shown");
    uncertified.destroy();
    const plain = await fetch(address.replace("https", "http"));
    expect([plain.status, await plain.text()]).toEqual([403, expect.stringContaining("--tls-client-ca")]);
    const session = http2.connect(address.replace("https", "http"));
    session.on("error", () => {});
    const words = await new Promise((resolve) => session.once("goaway", (_code, _last, data) => resolve(String(data))));
    expect(words).toContain("--tls-client-ca");
    session.destroy();
  });

  test("targets are checked by --tls-ca, name and date, and --skip-verify lets them pass, configured and typed alike", async () => {
    const [good, wrong, expired] = [
      await backend(certificates.good),
      await backend(certificates.wrong),
      await backend(certificates.expired),
    ];
    const strict = await start("--tls-ca", certificates.ca, "--target", `a.Expired=grpcs://${expired}`);
    const lax = await start("--skip-verify", "127.0.0.1", "--target", `a.Expired=grpcs://${expired}`);
    const system = await start();
    const call = async (address: string, target: string | undefined): Promise<string> => {
      const session = http2.connect(address);
      try {
        const stream = session.request({
          ":method": "POST",
          ":path": "/a.Expired/M",
          "content-type": "application/grpc",
          te: "trailers",
          ...(target === undefined ? {} : { "rpcdeck-target": target }),
        });
        return await new Promise((resolve, reject) => {
          const seen: Record<string, string> = {};
          stream.on("response", (headers) => Object.assign(seen, headers));
          stream.on("trailers", (headers) => Object.assign(seen, headers));
          stream.on("error", reject);
          stream.on("close", () => {
            resolve(`${seen["grpc-status"]} ${decodeURIComponent(seen["grpc-message"] ?? "")}`.trim());
          });
          stream.resume().end(Buffer.alloc(5));
        });
      } finally {
        session.close();
      }
    };
    expect(await call(strict, `grpcs://${good}`)).toBe("0");
    expect(await call(strict, good)).toBe("0"); // bare: probed
    expect(await call(strict, `grpcs://${wrong}`)).toBe(`14 ${wrong}: certificate is for another name (DNS:other.example)`);
    expect(await call(strict, `grpcs://${wrong}?server-name=other.example`)).toBe("0");
    expect(await call(strict, `grpcs://${expired}`)).toBe(`14 ${expired}: certificate has expired`);
    expect(await call(strict, `grpcs://${expired}?verify=none`)).toBe("0");
    expect(await call(strict, `grpc://${good}`)).toBe(`14 ${good}: speaks TLS: use grpcs://${good}`);
    expect(await call(strict, undefined)).toBe(`14 ${expired}: certificate has expired`);
    expect(await call(lax, undefined)).toBe("0");
    expect(await call(lax, `grpcs://${wrong}`)).toBe("0");
    expect(await call(system, `grpcs://${good}`)).toBe(`14 ${good}: certificate is not signed by a trusted authority`);
  });

  test("JSON to a target that cannot be reached says so, rather than that its schema is missing", async () => {
    const expired = await backend(certificates.expired);
    const address = await start("--tls-ca", certificates.ca);
    const post = async (target: string): Promise<unknown> => {
      const headers = { "content-type": "application/json", "rpcdeck-target": target };
      return (await fetch(`${address}/a.B/C`, { method: "POST", headers, body: "{}" })).json();
    };
    expect(await post("grpc://127.0.0.1:1")).toMatchObject({ code: "unavailable", message: "127.0.0.1:1: connection refused" });
    expect(await post("connect+http://127.0.0.1:1")).toMatchObject({ code: "unavailable" });
    expect(await post(`grpcs://${expired}`)).toMatchObject({ code: "unavailable", message: `${expired}: certificate has expired` });
    expect(await post("grpc://169.254.169.254:80")).toMatchObject({ code: "permission_denied" });
  });
});
