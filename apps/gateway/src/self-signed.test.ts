import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { clientCertificate, testAuthority } from "@rpcdeck/testkit";
import { expect, test, vi } from "vitest";
import { makeSelfSignedCertificate } from "./self-signed.ts";
import { hasOpenssl } from "./test-certificates.ts";
import { startGatewayProcess } from "./test-process.ts";
import { startWholeGateway } from "./test-whole-gateway.ts";

vi.setConfig({ testTimeout: 60_000 }); // a gateway is started in a process of its own, on machines that may be busy

if (!hasOpenssl) process.stderr.write("openssl's verdict on the self-signed certificate is skipped: there is no openssl on PATH\n");

/** What a server shows, whether it is trusted or not. */
function certificateOf(address: string): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(address);
    const socket = tls.connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) reject(new Error("no certificate"));
      else resolve(certificate);
    });
    socket.on("error", reject);
  });
}

test("the port serves HTTPS with a certificate for this machine, and the start says its fingerprint", async () => {
  await using gateway = await startGatewayProcess("--no-demo", "--tls-self-signed");
  const { address, child, ended } = gateway;
  expect(address).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/u);
  const certificate = await certificateOf(address);
  const nodeOptions = { ca: certificate.toString() };
  for (const host of ["127.0.0.1", "localhost"]) {
    const baseUrl = address.replace("127.0.0.1", host);
    for (const transport of [
      createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
      createConnectTransport({ baseUrl, httpVersion: "2", nodeOptions }),
      createGrpcTransport({ baseUrl, nodeOptions }),
    ])
      expect((await createClient(Greeter, transport).sayHello({ name: host })).message).toBe(`hello ${host}`);
  }
  const page = await new Promise<IncomingMessage>((resolve, reject) => {
    https.get(`${address}/-/healthz`, { ...nodeOptions, agent: false }, resolve).on("error", reject);
  });
  page.destroy();
  expect(page.statusCode).toBe(200);
  const stranger = createConnectTransport({ baseUrl: address, httpVersion: "1.1", nodeOptions: { ca: testAuthority } });
  await expect(createClient(Greeter, stranger).sayHello({})).rejects.toThrow(/self-signed certificate/u);
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(/SHA-256 ([0-9A-F:]+)\n/u.exec(stderr)?.[1]).toBe(certificate.fingerprint256);
});

test("the certificate is for localhost, 127.0.0.1 and ::1 alone, for servers alone, and new each time", async () => {
  const [one, another] = [await makeSelfSignedCertificate(), await makeSelfSignedCertificate()];
  const certificate = new X509Certificate(one.cert);
  expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  for (const name of ["localhost", "127.0.0.1", "::1"]) expect(tls.checkServerIdentity(name, certificate.toLegacyObject())).toBeUndefined();
  expect(tls.checkServerIdentity("rpcdeck.example", certificate.toLegacyObject())).toBeInstanceOf(Error);
  expect([certificate.ca, certificate.keyUsage]).toEqual([false, ["1.3.6.1.5.5.7.3.1"]]);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  const ageMs = (text: string): number => Date.parse(text) - Date.now();
  expect(ageMs(certificate.validFrom)).toBeLessThan(0);
  expect(ageMs(certificate.validTo) / 86_400_000).toBeCloseTo(365, 1);
  expect(one.fingerprint).toBe(certificate.fingerprint256);
  expect(another.fingerprint).not.toBe(one.fingerprint);
  expect(new X509Certificate(another.cert).serialNumber).not.toBe(certificate.serialNumber);
});

test.skipIf(!hasOpenssl)("openssl accepts it under its strictest rules", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rpcdeck-self-signed-"));
  const file = path.join(folder, "cert.pem");
  writeFileSync(file, (await makeSelfSignedCertificate()).cert);
  const strict = ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile", file, file];
  expect(execFileSync("openssl", strict, { encoding: "utf8" })).toBe(`${file}: OK\n`);
  rmSync(folder, { recursive: true });
});

test("client certificates are asked for beside it", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "rpcdeck-self-signed-"));
  const file = path.join(folder, "ca.pem");
  writeFileSync(file, testAuthority);
  const gateway = await startWholeGateway(["--tls-self-signed", "--tls-client-ca", file]);
  try {
    const trusted = { ca: (await certificateOf(gateway.address)).toString() };
    const greet = (nodeOptions: object): Promise<unknown> =>
      createClient(Greeter, createConnectTransport({ baseUrl: gateway.address, httpVersion: "1.1", nodeOptions })).sayHello({ name: "me" });
    expect(await greet({ ...trusted, ...clientCertificate })).toMatchObject({ message: "hello me" });
    await expect(greet(trusted)).rejects.toThrow(/403/u);
  } finally {
    await gateway.close();
    rmSync(folder, { recursive: true });
  }
});
