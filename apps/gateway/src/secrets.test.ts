// The token, and what callers send to prove who they are, must not be found where others look.
import http from "node:http";
import { fileURLToPath } from "node:url";
import { startBackend, type TestBackend } from "@rpcdeck/testkit";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWholeGateway, type WholeGateway } from "./test-whole-gateway.ts";

const descriptors = fileURLToPath(new URL("../../../packages/protocol/descriptors.binpb", import.meta.url));
const token = "canary-of-the-token-7f3a";
const credential = "canary-of-a-credential-91c2";
const cookie = "canary-of-a-cookie-5e0d";
const canaries = [token, credential, cookie];

const logged: string[] = [];
let backend: TestBackend;
let gateway: WholeGateway;
let address: string;

beforeAll(async () => {
  backend = await startBackend();
  gateway = await startWholeGateway(["--token", token, "--descriptor-set", descriptors, "--log-level", "debug"], {
    log: pino({ level: "trace" }, { write: (line: string) => void logged.push(line) }),
    writeAccess: (line) => logged.push(line),
  });
  ({ address } = gateway);
});
afterAll(async () => {
  await gateway.close();
  await backend.close();
});

interface Asked {
  readonly status: number;
  /** Head and body. */
  readonly text: string;
}

function ask(path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Asked> {
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  const request = http.request(`${address}${path}`, { method: body === undefined ? "GET" : "POST", headers, agent: false }, (response) => {
    let text = response.rawHeaders.join("\n");
    response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    response.on("end", () => {
      resolve({ status: response.statusCode ?? 0, text });
    });
  });
  request.on("error", reject);
  request.end(body);
  return promise;
}

test("token, credentials and cookies are in no log, metric, answer or page, and the token and cookies never reach a backend", async () => {
  const json = { "content-type": "application/json" };
  const secrets = { ...json, authorization: `Bearer ${credential}`, cookie: `session=${cookie}` };
  const withToken = { ...secrets, "rpcdeck-token": token };
  const hello = `{"name":"x"}`;
  const target = `grpc://${backend.address}`;
  const answers = {
    ok: await ask("/pb.Greeter/SayHello", { ...withToken, "rpcdeck-target": target }, hello),
    fails: await ask("/arith.v1.Arith/Div", { ...withToken, "rpcdeck-target": target }, `{"a":1,"b":0}`),
    away: await ask("/pb.Greeter/SayHello", { ...withToken, "rpcdeck-target": "grpc://127.0.0.1:1" }, hello),
    unknown: await ask("/no.Such/Method", withToken, "{}"),
    malformed: await ask("/pb.Greeter/SayHello", { ...withToken, "rpcdeck-target": target }, `{"name":`),
    withoutToken: await ask("/pb.Greeter/SayHello", secrets, hello),
    almost: await ask("/pb.Greeter/SayHello", { ...secrets, "rpcdeck-token": token.slice(0, -1) }, hello),
    page: await ask("/", { cookie: `session=${cookie}` }),
    pageWithToken: await ask("/", withToken),
    metrics: await ask("/-/metrics", withToken),
    ready: await ask("/-/readyz", withToken),
  };
  expect(Object.entries(answers).map(([name, { status }]) => `${name} ${status}`)).toEqual([
    "ok 200",
    "fails 400",
    "away 503",
    "unknown 404",
    "malformed 400",
    "withoutToken 401",
    "almost 401",
    expect.stringMatching(/^page \d+$/u),
    expect.stringMatching(/^pageWithToken \d+$/u),
    "metrics 200",
    "ready 200",
  ]);
  // What a caller proves itself with is for the backend; what the browser adds by itself, and the gateway's own token, are not.
  expect(backend.seen.headers.get("authorization")).toBe(`Bearer ${credential}`);
  const reached = Array.from(backend.seen.headers, ([name, value]) => `${name}: ${value}`).join("\n");
  expect([token, cookie].filter((canary) => reached.includes(canary))).toEqual([]);

  expect(logged.length).toBeGreaterThanOrEqual(5);
  expect(logged.filter((line) => canaries.some((canary) => line.includes(canary)))).toEqual([]);
  const told = Object.entries(answers).filter(([, { text }]) => canaries.some((canary) => text.includes(canary)));
  expect(told.map(([name]) => name)).toEqual([]);
});
