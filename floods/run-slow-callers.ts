// Callers that do nothing wrong but be slow: each must be sent away by a timer, and those who may be quiet must live.
import http2 from "node:http2";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { mib, row, type Tally } from "../faults/report.ts";
import type { Arena } from "./arena.ts";
import { attacksOn } from "./attacks.ts";

/** Timers of the gateway in this part, in milliseconds, and the flags that set them. */
export const slowTimers = { headersMs: 3_000, bodyMs: 3_000, idleMs: 3_000 } as const;
/** See {@link slowTimers}. */
export const slowFlags = ["--header-timeout", "3s", "--body-timeout", "3s", "--client-idle", "3s"] as const;

/** Node looks at HTTP/1.1 header times every 2 s; a busy machine is late. */
const slackMs = 4_000;
/** Connections of each kind. */
const atOnce = 300;
/** Connections of one caller who wants them all; the gateway's limit is 512. */
const crowd = 1_000;
const maxCrowdBytes = 128 * 1024 * 1024;
const columns = [46, -8, -8, -10];

/** Runs all of them and prints a line for each. */
export async function runSlowCallers(arena: Arena, tally: Tally): Promise<void> {
  row(columns, ["slow caller", "opened", "left", "ms"]);
  const quiet = openQuietStream(arena);
  for (const attack of attacksOn(arena.target).filter(({ closes }) => closes === "idle")) {
    // A body that never comes ends its call; then the connection has none, and goes in turn.
    const limitMs = slowTimers.bodyMs + slowTimers.idleMs + slackMs;
    const { closedMs } = await arena.attack(attack, limitMs);
    row(columns, [
      `HTTP/2: ${attack.what}`,
      "1",
      closedMs === undefined ? "1" : "0",
      closedMs === undefined ? "never" : closedMs.toFixed(0),
    ]);
    tally.check(attack.name, closedMs === undefined ? `still open after ${limitMs} ms` : undefined);
  }
  const request = `POST /pb.Greeter/SayHello HTTP/1.1\r\nhost: 127.0.0.1\r\nrpcdeck-target: ${arena.target}\r\ncontent-type: application/json\r\n`;
  await hold(arena, tally, {
    name: "HTTP/1.1: headers, a byte a second",
    first: request,
    drip: "x",
    limitMs: slowTimers.headersMs + slackMs,
  });
  await hold(arena, tally, {
    name: "HTTP/1.1: a body that stops",
    first: `${request}content-length: 8192\r\n\r\n{`,
    drip: "",
    limitMs: slowTimers.bodyMs + slackMs + 5_000, // the answer is given, and the connection lingers for the body
  });
  await runCrowd(arena, tally);
  const failures = arena.neighbour.take().filter((call) => call.kind === "failed");
  tally.check("the honest caller beside slow ones", failures.length > 0 ? `${failures.length} calls failed` : undefined);
  tally.check("a stream of requests that is quiet lives", quiet.isOpen() ? undefined : "it was closed");
  quiet.close();
  tally.check("exceptions", arena.gateway.uncaught().length > 0 ? arena.gateway.uncaught().join("\n") : undefined);
}

interface SlowCaller {
  readonly name: string;
  readonly first: string;
  /** Sent every second. */
  readonly drip: string;
  readonly limitMs: number;
}

async function hold({ gateway }: Arena, tally: Tally, { name, first, drip, limitMs }: SlowCaller): Promise<void> {
  const sockets = await connectMany(gateway.port, atOnce);
  const startedMs = performance.now();
  for (const socket of sockets) socket.write(first);
  const dripping = setInterval(() => {
    if (drip !== "") for (const socket of sockets) if (socket.writable) socket.write(drip);
  }, 1_000);
  let unavailable = 0;
  const left = (): number => sockets.filter((socket) => !socket.destroyed).length;
  while (left() > 0 && performance.now() - startedMs < limitMs) {
    if (!(await isHealthy(gateway.url))) unavailable++;
    await sleep(200);
  }
  clearInterval(dripping);
  row(columns, [name, String(atOnce), String(left()), (performance.now() - startedMs).toFixed(0)]);
  tally.check(name, left() > 0 ? `${left()} connections are left after ${limitMs} ms` : undefined);
  tally.check(`${name}: service beside`, unavailable > 0 ? `${unavailable} times unavailable` : undefined);
  for (const socket of sockets) socket.destroy();
}

/** More connections than the gateway takes: the others are refused, and nothing stays when they go. */
async function runCrowd({ gateway, calm }: Arena, tally: Tally): Promise<void> {
  const before = await gateway.settle(({ sockets }) => sockets <= calm.sockets + 1, 5_000);
  gateway.resetPeak();
  const sockets = await connectMany(gateway.port, crowd);
  for (const socket of sockets) socket.write("GET /-/healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  const isRefused = (): boolean => sockets.filter((socket) => socket.destroyed).length >= crowd - 512;
  for (let tries = 0; !isRefused() && tries < 50; tries++) await sleep(100);
  const kept = sockets.filter((socket) => !socket.destroyed).length;
  for (const socket of sockets) socket.destroy();
  const after = await gateway.settle((held) => held.sockets <= before.sockets, 5_000);
  const growth = Math.max(0, after.peakRss - before.rss);
  row(columns, [`HTTP/1.1: ${crowd} connections at once (+ ${mib(growth)})`, String(crowd), String(kept), ""]);
  tally.check("a crowd: refused", kept > 512 || kept < 400 ? `${kept} of ${crowd} connections were kept, the limit is 512` : undefined);
  tally.check("a crowd: memory", growth > maxCrowdBytes ? `+ ${mib(growth)}` : undefined);
  tally.check("a crowd: gone", after.sockets > before.sockets ? `${after.sockets} sockets are left, ${before.sockets} before` : undefined);
  tally.check("a crowd: service after", (await isHealthy(gateway.url)) ? undefined : "unavailable");
}

/** A stream of requests that is open and says nothing, as a chat does at night. */
function openQuietStream({ gateway, target }: Arena): { isOpen(): boolean; close(): void } {
  const session = http2.connect(gateway.url);
  session.on("error", () => {}); // seen by isOpen
  const stream = session.request({
    ":method": "POST",
    ":path": "/rpcdeck.demo.v1.Chat/Converse",
    "content-type": "application/grpc",
    te: "trailers",
    "rpcdeck-target": target,
    "x-call-id": "quiet",
  });
  stream.on("error", () => {});
  return {
    isOpen: () => !stream.closed && !session.closed,
    close() {
      session.destroy();
    },
  };
}

async function connectMany(port: number, count: number): Promise<net.Socket[]> {
  const sockets = Array.from({ length: count }, () => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => {}).resume(); // sent away
    return socket;
  });
  await Promise.all(
    sockets.map((socket) => new Promise<void>((resolve) => socket.once("connect", () => resolve()).once("close", () => resolve()))),
  );
  return sockets;
}

function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/-/healthz`, { headers: { connection: "close" } }).then(
    ({ ok }) => ok,
    () => false,
  );
}
