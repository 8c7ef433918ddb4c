// Loaded into the gateway before its own code (`node --expose-gc --import`): answers what the process holds, over its IPC channel, and
// counts exceptions that nobody caught. It changes nothing else.
import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";

/** What the gateway's process holds after a garbage collection. Sizes in bytes. */
export interface Held {
  readonly rss: number;
  /** JavaScript heap in use, and what it keeps outside (buffers). */
  readonly heap: number;
  /** Highest RSS so far. */
  readonly peakRss: number;
  readonly sockets: number;
  readonly timers: number;
  readonly uncaught: readonly string[];
}

const uncaught: string[] = [];
let peakRss = 0;
process.on("uncaughtExceptionMonitor", (error: unknown) => {
  uncaught.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.send?.({ uncaught });
});
setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 20).unref();
process.on("message", (message: unknown) => {
  if (message === "reset peak") peakRss = 0;
  else if (message === "measure") void measure();
});
process.channel?.unref();

async function measure(): Promise<void> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("start the gateway with --expose-gc");
  // Finalizers free in later turns what a collection found; the second one takes that.
  for (let round = 0; round < 3; round++) {
    collect();
    await turn();
  }
  const resources = process.getActiveResourcesInfo();
  const { rss, heapUsed, external } = process.memoryUsage();
  const held: Held = {
    rss,
    heap: heapUsed + external,
    peakRss: Math.max(peakRss, rss),
    sockets: resources.filter((name) => name === "TCPSocketWrap" || name === "TCPConnectWrap").length,
    timers: resources.filter((name) => name === "Timeout").length,
    uncaught,
  };
  process.send?.({ held });
}
