// Somebody's own front end on another port calls through the gateway with --allow-origin, and reads all that it should.
import { join } from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { startBackend, type TestBackend } from "@rpcdeck/testkit";
import type { ForeignAnswers, ForeignCalls } from "../apps/web/gallery/foreign-caller.ts";
import { startGateway, type Program } from "../peers/programs.ts";
import { root } from "../scripts/steps.ts";
import config from "../playwright.config.ts";

/** The gallery's server is the other port; a page that is opened as `localhost` has another origin. */
const server = Array.isArray(config.webServer) ? config.webServer[0] : config.webServer;
const gallery = new URL(server?.url ?? "");
const pageOf = (host: string): string => `http://${host}:${gallery.port}/gallery/`;

let backend: TestBackend;
let gateway: Program;
test.beforeAll(async () => {
  backend = await startBackend();
  // JSON needs the schema, and the backend has no reflection.
  const schemas = ["--descriptor-set", join(root, "packages/protocol/descriptors.binpb")];
  gateway = await startGateway("--no-demo", "--no-embedded-registry", "--allow-origin", gallery.origin, ...schemas);
});
test.afterAll(async () => {
  await gateway.stop();
  await backend.close();
});

function call(page: Page, protocol: ForeignCalls["protocol"]): Promise<ForeignAnswers> {
  const calls: ForeignCalls = { baseUrl: gateway.address, protocol, target: `grpc://${backend.address}` };
  return page.evaluate((order) => {
    const { callFromAfar } = globalThis as unknown as { readonly callFromAfar: (calls: ForeignCalls) => Promise<ForeignAnswers> };
    return callFromAfar(order);
  }, calls);
}

for (const protocol of ["connect", "connect-json", "grpc-web"] as const) {
  test(`a page of an allowed origin reads headers, trailers and details over ${protocol}`, async ({ page }) => {
    await page.goto(pageOf("127.0.0.1"));
    const answers = await call(page, protocol);
    expect(answers).toEqual({
      reply: "hello afar",
      headers: ["1", expect.stringContaining(backend.address), "1"],
      trailers: ["1"],
      rows: 3,
      streamTrailers: ["1"],
      error: { code: 3, field: "b", trailer: "1" },
    });
  });

  test(`a page of another origin gets nothing over ${protocol}`, async ({ page }) => {
    await page.goto(pageOf("localhost"));
    const before = backend.seen.calls;
    await expect(call(page, protocol)).rejects.toThrow(/Failed to fetch/u);
    expect(backend.seen.calls).toBe(before);
  });
}

test("a page of an allowed origin reads why it was refused", async ({ page }) => {
  await page.goto(pageOf("127.0.0.1"));
  const refused = await page.evaluate(async (base) => {
    const answers = [
      await fetch(`${base}/pb.Greeter/SayHello`, { method: "POST", body: "x", headers: { "content-type": "text/csv" } }),
      await fetch(`${base}/-/nothing`),
    ];
    return Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`));
  }, gateway.address);
  expect(refused).toEqual([expect.stringMatching(/^415 content type text\/csv/u), expect.stringMatching(/^404 nothing is at/u)]);
});
