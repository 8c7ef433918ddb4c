// Somebody with honest business, in a process of its own: unary calls through the gateway, one after another, while others attack it.
// Forked with the gateway's URL and the target; tells its parent the time of each call.
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** One call of it: its time in milliseconds, or why it failed. */
export type NeighbourCall = { readonly kind: "ok"; readonly ms: number } | { readonly kind: "failed"; readonly why: string };

/** Pause between two calls in milliseconds. */
const pauseMs = 2;
/** Longest time of one call in milliseconds: past it, it failed. */
const callMs = 5_000;

const [baseUrl = "", target = ""] = process.argv.slice(2);
const client = createClient(Greeter, createGrpcTransport({ baseUrl }));
process.once("disconnect", () => process.exit());
for (;;) {
  const startedMs = performance.now();
  let call: NeighbourCall;
  try {
    await client.sayHello({ name: "x" }, { timeoutMs: callMs, headers: { "x-call-id": "neighbour", "rpcdeck-target": target } });
    call = { kind: "ok", ms: performance.now() - startedMs };
  } catch (error) {
    call = { kind: "failed", why: String(error) };
  }
  process.send?.(call);
  await sleep(pauseMs);
}
