// Gateways that lead to each other, and to themselves: a call must not go in circles.
import net from "node:net";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { listen } from "@rpcdeck/testkit";
import { expect, test } from "vitest";
import { startWholeGateway } from "./test-whole-gateway.ts";

/** How many calls of lost.Service a gateway has had. */
async function callsOf(address: string): Promise<number> {
  const text = await (await fetch(`${address}/-/metrics`)).text();
  const counts = text.matchAll(/^rpcdeck_calls_total\{[^}]*service="lost.Service"[^}]*\} (\d+)$/gmu);
  return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
}

const withoutHealth = ["--health-interval", "0", "--proto", "protos"];

test("a call that two gateways would hand to each other for ever ends at the second, which says why", async () => {
  // The first must be known before it is there.
  const reserved = await listen(net.createServer());
  await reserved.close();
  const second = await startWholeGateway(["--target", `lost.Service=grpc://${reserved.address}`, ...withoutHealth]);
  const first = await startWholeGateway([
    "--listen",
    reserved.address,
    "--target",
    `lost.Service=grpc://${new URL(second.address).host}`,
    ...withoutHealth,
  ]);
  try {
    const reply = await fetch(`${first.address}/lost.Service/Call`, { method: "POST", headers: { "content-type": "application/proto" } });
    expect(await reply.json()).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("the call went through 1 gateway already, the limit is 1"),
    });
    expect(await callsOf(first.address)).toBe(1); // it did not come back
  } finally {
    await first.close();
    await second.close();
  }
});

test("a gateway that is its own target answers as itself, whatever the spelling, and names what it has not got", async () => {
  const gateway = await startWholeGateway([]);
  const { port } = new URL(gateway.address);
  try {
    for (const host of ["127.0.0.1", "localhost", "0x7f.1", "[::ffff:127.0.0.1]"]) {
      const target = { headers: { "rpcdeck-target": `grpc://${host}:${port}` } };
      const greeter = createClient(Greeter, createConnectTransport({ baseUrl: gateway.address, httpVersion: "1.1" }));
      expect(await greeter.sayHello({ name: "me" }, target)).toMatchObject({ message: "hello me" });
      const lost = await fetch(`${gateway.address}/lost.Service/Call`, {
        method: "POST",
        headers: { "content-type": "application/proto", ...target.headers },
      });
      expect(await lost.json()).toMatchObject({ code: "unimplemented", message: expect.stringContaining("lost.Service") });
    }
  } finally {
    await gateway.close();
  }
});
