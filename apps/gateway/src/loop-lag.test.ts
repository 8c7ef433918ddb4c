import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startGatewayProcessOn } from "./test-process.ts";
import { watchLoopLag } from "./loop-lag.ts";

const limits = { lagMs: 300, heldMs: 600, everyMs: 100 };

/** Keeps this thread from its turns without using the processor. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("turns that come too late for long make it stuck until they come in time for as long", async () => {
  const lag = watchLoopLag(limits);
  await sleep(250);
  block(400); // late, but not for long enough
  await sleep(250);
  expect(lag.isStuck()).toBe(false);
  await sleep(limits.heldMs);
  block(900);
  await sleep(1); // timers come first after a block
  expect(lag.isStuck()).toBe(true);
  const stuckMs = performance.now();
  while (lag.isStuck()) await sleep(20);
  expect(performance.now() - stuckMs).toBeGreaterThan(limits.heldMs / 2);
  lag.close();
}, 60_000);

test("a gateway that was blocked for 6 s is not ready for a while, and alive", async () => {
  const blocker = "process.on('message',()=>Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,6000))";
  const nodeArgs = ["--import", `data:text/javascript,${encodeURIComponent(blocker)}`];
  await using gateway = await startGatewayProcessOn({ nodeArgs }, "--no-demo", "--no-embedded-registry");
  const status = async (path: string): Promise<number> => (await fetch(`${gateway.address}${path}`)).status;
  expect(await status("/-/readyz")).toBe(200);
  gateway.child.send("block");
  // Asked while it is blocked, or right after: the first answer comes when it goes on.
  await sleep(1_000);
  expect([await status("/-/readyz"), await status("/-/healthz")]).toEqual([503, 200]);
  const untilMs = performance.now() + 15_000;
  let ready = 503;
  while (ready !== 200 && performance.now() < untilMs) {
    await sleep(200);
    ready = await status("/-/readyz");
  }
  expect(ready).toBe(200);
}, 60_000);
