// A web page of somebody else against the gateway of whoever reads it: DNS rebinding (evil.test resolves to 127.0.0.1) and requests across
// sites, in a real browser. Each attack is made against an open gateway too, or a refusal would prove nothing.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { startGateway, startProgram, type Program } from "../peers/programs.ts";
import { root } from "../scripts/steps.ts";
import { expect, test as base } from "./fixtures.ts";

const test = base.extend<{ readonly victim: Page }, { readonly rebound: Browser }>({
  rebound: [
    async ({ playwright, launchOptions }, provide) => {
      const args = [...(launchOptions.args ?? []), "--host-resolver-rules=MAP evil.test 127.0.0.1"];
      const browser = await playwright.chromium.launch({ ...launchOptions, args });
      await provide(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  victim: async ({ rebound }, provide) => {
    const page = await rebound.newPage();
    await provide(page);
    await page.close();
  },
});

/** Calls that the gateway let in, of whatever service. */
async function callsOf(gateway: Program): Promise<number> {
  const text = await (await fetch(`${gateway.address}/-/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith('rpcdeck_calls_total{service="pb.Greeter"'));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** What a page gets for a JSON call and for a tunnel at `base`. */
function attack(page: Page, base: string): Promise<{ readonly call: number | string; readonly tunnel: "open" | "refused" }> {
  return page.evaluate(async (address) => {
    const call = await fetch(`${address}/pb.Greeter/SayHello`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    }).then(
      ({ status }) => status,
      () => "refused by the browser",
    );
    const tunnel = await new Promise<"open" | "refused">((resolve) => {
      const socket = new WebSocket(`${address.replace("http", "ws")}/-/tunnel`, "rpcdeck.tunnel.v1");
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("refused");
    });
    return { call, tunnel };
  }, base);
}

/**
 * Opens a page of the attacker's at `http://evil.test:PORT` and then starts the gateway on that port: what rebinding the name does. No policy
 * of the gateway's binds that page.
 */
async function rebind(page: Page, ...flags: readonly string[]): Promise<{ readonly gateway: Program; readonly address: string }> {
  const site = await startForeignSite();
  const address = `http://evil.test:${site.port}`;
  await page.goto(`${address}/`);
  await site.close();
  const argv = [join(root, "apps/gateway/src/main.ts"), "--no-demo", "--listen", `127.0.0.1:${site.port}`, ...flags];
  return { gateway: await startProgram(process.execPath, argv, /rpcdeck ready (http:\S+)/u), address };
}

/** A page of somebody else, and what it was asked for. */
async function startForeignSite(): Promise<{ readonly port: number; readonly requests: string[]; close(): Promise<void> }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.setHeader("content-type", "text/html").end("<title>evil</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

test("a page whose name was rebound to this machine gets nothing from the gateway", async ({ victim }) => {
  const { gateway, address } = await rebind(victim);
  expect(await attack(victim, address)).toEqual({ call: 403, tunnel: "refused" });
  expect(await callsOf(gateway)).toBe(0);
  const opened = await victim.goto(`${address}/`);
  expect(opened?.status()).toBe(403);
  expect(await opened?.text()).toContain("--allow-host evil.test");
  await gateway.stop();

  const open = await rebind(victim, "--allow-host", "evil.test");
  expect(await attack(victim, open.address)).toEqual({ call: 200, tunnel: "open" });
  expect(await callsOf(open.gateway)).toBe(1);
  expect((await victim.goto(`${open.address}/`))?.status()).toBe(200);
  await open.gateway.stop();
});

test("a page of another site calls nothing through the browser of whoever reads it", async ({ victim }) => {
  const site = await startForeignSite();
  const origin = `http://evil.test:${site.port}`;
  const gateway = await startGateway("--no-demo");
  await victim.goto(`${origin}/`);
  expect(await attack(victim, gateway.address)).toEqual({ call: "refused by the browser", tunnel: "refused" });
  // Requests that a browser sends without asking first: the site's own server sees that they are really sent.
  const simple = (address: string): Promise<void> =>
    victim.evaluate(async (base) => {
      const path = "/pb.Greeter/SayHello";
      await fetch(`${base}${path}`, { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body: "{}" }).catch(
        () => {},
      );
      await fetch(`${base}${path}?connect=v1&encoding=json&message=%7B%7D`, { mode: "no-cors" }).catch(() => {});
      await new Promise((resolve) => {
        const image = new Image();
        image.onerror = resolve;
        image.src = `${base}${path}?encoding=json&message=%7B%7D`;
      });
    }, address);
  await simple(gateway.address);
  expect(await callsOf(gateway)).toBe(0);
  site.requests.splice(0);
  await simple(`http://127.0.0.1:${site.port}`);
  expect(site.requests.map((request) => request.split(" ")[0])).toEqual(["POST", "GET", "GET"]);
  await gateway.stop();

  const open = await startGateway("--no-demo", "--allow-origin", origin);
  expect(await attack(victim, open.address)).toEqual({ call: 200, tunnel: "open" });
  expect(await callsOf(open)).toBe(1);
  await open.stop();
  await site.close();
});
