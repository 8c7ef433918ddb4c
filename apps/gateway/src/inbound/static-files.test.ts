import { mkdtemp, mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask } from "./test-ask.ts";
import { startInbound } from "./test-inbound.ts";

let webRoot = "";
beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), "rpcdeck-web-"));
  await mkdir(join(webRoot, "fonts"));
  await writeFile(join(webRoot, "index.html"), '<style nonce="__CSP_NONCE__"></style><meta content="__CSP_NONCE__"><i>__PAGE_BUILD__</i>');
  await writeFile(join(webRoot, "index-AbCd1234.js"), "x".repeat(5000));
  await writeFile(join(webRoot, "favicon.svg"), "<svg/>");
  await writeFile(join(webRoot, "fonts", "a.woff2"), "font");
});
afterAll(() => rm(webRoot, { recursive: true }));

it("serves pages with a fresh nonce and policy", async () => {
  await using server = await startInbound(() => expect.unreachable(), { webRoot });
  const nonces = new Set<string>();
  for (const target of ["/", "/registry?x=1"]) {
    const { status, body, headers } = await ask(server.port, { path: target });
    const nonce = /nonce="([^"]+)"/.exec(body.toString())?.[1] ?? "";
    nonces.add(nonce);
    expect([status, headers["content-type"], headers["cache-control"]]).toEqual([200, "text/html; charset=utf-8", "no-cache"]);
    expect(headers["content-security-policy"]).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(body.toString()).not.toContain("__CSP_NONCE__");
    const again = await ask(server.port, { path: target, headers: { "if-none-match": headers.etag ?? "" } });
    expect([again.status, again.headers["content-security-policy"]]).toEqual([304, undefined]);
  }
  expect(nonces.size).toBe(2);
});

it("writes into a page which build it is, and says another one once index.html is another", async () => {
  const own = await mkdtemp(join(tmpdir(), "rpcdeck-web-"));
  const index = join(own, "index.html");
  await writeFile(index, "<i>__PAGE_BUILD__</i> first");
  await using server = await startInbound(() => expect.unreachable(), { webRoot: own });
  const shown = async () => /<i>([0-9a-f]{12})<\/i>/.exec((await ask(server.port, { path: "/" })).body.toString())?.[1];
  const before = server.inbound.pageBuild();
  expect([await shown(), await shown()]).toEqual([before, before]);
  await writeFile(index, "<i>__PAGE_BUILD__</i> second");
  await utimes(index, new Date(), new Date(Date.now() + 2_000));
  const after = server.inbound.pageBuild();
  expect(after).not.toBe(before);
  expect(await shown()).toBe(after);
  await rm(own, { recursive: true });
  expect(server.inbound.pageBuild()).toBe("");
});

it("serves files compressed and for ever where their name has a hash", async () => {
  await using server = await startInbound(() => expect.unreachable(), { webRoot });
  const plain = await ask(server.port, { path: "/-/assets/index-AbCd1234.js" });
  expect([plain.status, plain.body.length, plain.headers["cache-control"]]).toEqual([200, 5000, "public, max-age=31536000, immutable"]);
  const small = await ask(server.port, { path: "/-/assets/index-AbCd1234.js", headers: { "accept-encoding": "gzip, br" } });
  expect([small.headers["content-encoding"], small.body.length < 100]).toEqual(["br", true]);
  expect((await ask(server.port, { path: "/favicon.svg" })).headers["content-type"]).toBe("image/svg+xml");
  expect((await ask(server.port, { path: "/-/assets/fonts/a.woff2" })).headers["content-type"]).toBe("font/woff2");
  expect((await ask(server.port, { path: "/-/assets/index.html" })).status).toBe(404);
  expect((await ask(server.port, { path: "/-/assets/%2e%2e/x" })).status).toBe(404);
  const head = await ask(server.port, { method: "HEAD", path: "/" });
  expect([head.status, head.body.length]).toEqual([200, 0]);
});

it("moves pages from localhost to 127.0.0.1 and keeps the port", async () => {
  await using server = await startInbound(() => expect.unreachable(), { webRoot });
  for (const [host, location] of [
    ["localhost:9999", "http://127.0.0.1:9999/registry?a=1"],
    ["localhost", "http://127.0.0.1/registry?a=1"],
  ] as const) {
    const answer = await ask(server.port, { path: "/registry?a=1", headers: { host } });
    expect([answer.status, answer.headers.location]).toEqual([307, location]);
  }
  expect((await ask(server.port, { path: "/-/healthz", headers: { host: "localhost" } })).status).toBe(200);
});
