// A server that falls silent without closing anything, as one whose machine is gone does: packets vanish, nobody says so.
import net, { type Socket } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { listen, startBackend } from "@rpcdeck/testkit";
import { expect, test, vi } from "vitest";
import { startWholeGateway } from "./test-whole-gateway.ts";

vi.setConfig({ testTimeout: 120_000 });

/** A way to a server that can swallow what it carries, and take new connections without a word. */
async function startHole(port: number) {
  const hole = { isSilent: false };
  const pipes = new Set<[Socket, Socket]>();
  const server = net.createServer((caller) => {
    if (hole.isSilent) return void caller.resume();
    const backend = net.connect(port, "127.0.0.1");
    const pair: [Socket, Socket] = [caller, backend];
    pipes.add(pair);
    for (const [from, to] of [pair, [backend, caller] as const]) {
      from.on("error", () => undefined);
      from.on("close", () => {
        pipes.delete(pair);
        to.destroy();
      });
      from.on("data", (bytes: Buffer) => {
        if (!hole.isSilent) to.write(bytes);
      });
    }
  });
  return { ...(await listen(server)), hole };
}

test("one of three instances that falls silent costs only the calls it has, and is called again soon after it is back", async () => {
  const backends = await Promise.all([startBackend(), startBackend(), startBackend()]);
  const [first, second, third] = backends;
  const way = await startHole(second.port);
  const targets = [first.address, way.address, third.address].flatMap((address) => ["--target", `pb.Greeter=grpc://${address}`]);
  const pool = ["--connect-timeout", "500ms", "--keepalive-silence", "500ms", "--keepalive-timeout", "500ms"];
  const gateway = await startWholeGateway([...targets, ...pool, "--health-interval", "1s", "--eject-time", "2s"]);
  const client = createClient(Greeter, createConnectTransport({ baseUrl: gateway.address, httpVersion: "1.1" }));
  const call = (): Promise<boolean> =>
    client.sayHello({ name: "x" }, { timeoutMs: 4_000 }).then(
      () => true,
      () => false,
    );
  const failuresOf = async (calls: number): Promise<number> => {
    let failures = 0;
    for (let made = 0; made < calls; made += 10) {
      const batch = await Promise.all(Array.from({ length: 10 }, call));
      failures += batch.filter((isGood) => !isGood).length;
    }
    return failures;
  };
  try {
    expect(await failuresOf(60)).toBe(0);
    expect(second.seen.calls).toBeGreaterThan(5);

    way.hole.isSilent = true;
    // What is under way there when it falls silent, and until that is noticed, is lost: nobody can know whether it was executed.
    expect(await failuresOf(10)).toBeLessThanOrEqual(4);
    const seen = second.seen.calls;
    expect(await failuresOf(300)).toBeLessThanOrEqual(3);
    expect(second.seen.calls).toBe(seen);

    way.hole.isSilent = false;
    const healedMs = performance.now();
    await vi.waitUntil(async () => (await call()) && second.seen.calls > seen, { timeout: 35_000, interval: 50 });
    process.stderr.write(`an instance that was silent is called again after ${((performance.now() - healedMs) / 1000).toFixed(1)} s\n`);
    expect(await failuresOf(60)).toBe(0);
  } finally {
    await gateway.close();
    await Promise.all([...backends, way].map((server) => server.close()));
  }
});
