// A hundred server streams at once, all the time: some go on to the end, some are ended by the backend and some are broken off by their
// caller, and opened again. What the gateway holds meanwhile, and what it keeps of them.
import http from "node:http";
import http2 from "node:http2";
import { setInterval as every, setTimeout as sleep } from "node:timers/promises";
import { createClient, type Client, type Transport } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport, createGrpcWebTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { listen, type TestServer } from "@rpcdeck/testkit";
import type { ProbedGateway } from "./gateway.ts";
import type { Held } from "./gateway-probe.ts";
import { mib, row, type Tally } from "./report.ts";

/** How long they go on. */
export interface StreamsOptions {
  readonly durationMs: number;
  /** How long sockets and timers may take to go afterwards, in milliseconds. */
  readonly settleMs: number;
}

/** Streams at any time. */
const abreast = 100;
/** Messages of a stream that does not stay. */
const shortMessages = 25;
const warmUpMs = 2_000;
/** A run goes on, for at most so long, until it has this many samples and every stream that does not stay was opened again. */
const longestMs = 60_000;
const fewestSamples = 8;
const betweenMessagesMs = 20;
const sampleMs = 500;
/** What the gateway may hold more at the end of a run than at its beginning, by the slope of its samples, and after all has ended, in bytes. */
export const streamsBoundBytes = 4 * 1024 * 1024;
const widths = [22, -10, -10, -10, -10, -10];

/** Who ends a stream: nobody before the end of the run, the backend, or its caller. */
type Ending = "stays" | "ended by the backend" | "broken off";

interface Streamed {
  streams: number;
  messages: number;
  readonly problems: string[];
}

/** Runs them: half over HTTP/2 (gRPC), half over HTTP/1.1 (gRPC-Web). */
export async function runStreams(gateway: ProbedGateway, options: StreamsOptions, tally: Tally): Promise<void> {
  const backend = await startTalking();
  const target = `grpc://127.0.0.1:${backend.port}`;
  await runUntil(gateway, target, () => sleep(warmUpMs)); // compiles code, and opens what stays
  const base = await settled(gateway, undefined, options.settleMs);
  row(widths, ["", "held", "sockets", "timers", "streams", "messages"]);
  print("before", base);

  const samples: { readonly ms: number; readonly held: Held; readonly running: number }[] = [];
  const startedMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedMs;
  const streamed = await runUntil(gateway, target, async (soFar) => {
    const isEnough = (): boolean => samples.length >= fewestSamples && soFar.streams >= abreast * 1.5;
    while (elapsedMs() < options.durationMs || (!isEnough() && elapsedMs() < options.durationMs + longestMs)) {
      const [held, running] = [await gateway.measure(), await gateway.metric("rpcdeck_calls_running")];
      samples.push({ ms: elapsedMs(), held, running });
      await sleep(sampleMs);
    }
  });
  const lastedMs = elapsedMs();
  // The beginning, when all of them open at once, is left out.
  const steady = samples.slice(Math.ceil(samples.length / 4));
  for (const [name, sample] of [
    ["after a quarter", steady[0]],
    ["at the end", steady.at(-1)],
  ] as const) {
    if (sample !== undefined) print(name, sample.held, sample.running);
  }
  const after = await settled(gateway, base, options.settleMs);
  const left = await gateway.metric("rpcdeck_calls_running");
  const leftOut = await gateway.metric('rpcdeck_backend_exchanges{state="running"}');
  row(widths, ["afterwards", mib(after.heap), ...[after.sockets, after.timers, left, streamed.messages].map(String)]);
  const slope = slopeOf(steady.map(({ ms, held }) => [ms / 1000, held.heap]));
  const rise = (slope * lastedMs) / 1000;
  console.log(`  ${streamed.streams} streams, ${streamed.messages} messages; memory: ${(slope / 1024).toFixed(1)} KiB a second`);

  const most = Math.max(...samples.map(({ running }) => running));
  tally.check("samples were taken", samples.length >= fewestSamples ? undefined : `only ${samples.length}`);
  tally.check("streams were opened again", streamed.streams >= abreast * 1.5 ? undefined : `${streamed.streams} streams in all`);
  // Some of them may be between two streams whenever a sample is taken.
  tally.check("as many streams as said", most >= abreast * 0.9 ? undefined : `${most} at once`);
  tally.check("every stream goes as it should", streamed.problems[0]);
  tally.check(
    "memory does not rise",
    rise <= streamsBoundBytes ? undefined : `${mib(rise)} in this run, more than ${mib(streamsBoundBytes)}`,
  );
  const more = after.heap - base.heap;
  tally.check("memory is given back", more <= streamsBoundBytes ? undefined : `${mib(more)} more, limit ${mib(streamsBoundBytes)}`);
  tally.check("no socket is left", after.sockets <= base.sockets ? undefined : `${after.sockets}, ${base.sockets} before`);
  tally.check("no timer is left", after.timers <= base.timers ? undefined : `${after.timers}, ${base.timers} before`);
  tally.check("no call is left", left === 0 ? undefined : `${left} are running`);
  tally.check("no exchange with a backend is left", leftOut === 0 ? undefined : `${leftOut} are running`);
  tally.check("no stream is left at the backend", backend.open() === 0 ? undefined : `${backend.open()} are open`);
  tally.check("no uncaught exception", gateway.uncaught()[0]);
  await backend.close();
}

function print(name: string, held: Held, running = 0): void {
  row(widths, [name, mib(held.heap), String(held.sockets), String(held.timers), String(running)]);
}

/** What the gateway holds once nothing is under way; with `base`, once it holds no more than that. */
function settled(gateway: ProbedGateway, base: Held | undefined, patienceMs: number): Promise<Held> {
  return gateway.settle(
    (now) =>
      base === undefined
        ? now.sockets <= 1
        : now.sockets <= base.sockets && now.timers <= base.timers && now.heap <= base.heap + streamsBoundBytes,
    patienceMs,
  );
}

/** Keeps all streams open until `lasts` resolves. */
async function runUntil(gateway: ProbedGateway, target: string, lasts: (soFar: Streamed) => Promise<void>): Promise<Streamed> {
  const agent = new http.Agent({ keepAlive: true });
  const session = new Http2SessionManager(gateway.url);
  const transports: readonly Transport[] = [
    createGrpcTransport({ baseUrl: gateway.url, sessionManager: session }),
    createGrpcWebTransport({ baseUrl: gateway.url, httpVersion: "1.1", nodeOptions: { agent } }),
  ];
  const endings: readonly Ending[] = ["stays", "ended by the backend", "broken off", "stays"];
  const streamed: Streamed = { streams: 0, messages: 0, problems: [] };
  const end = new AbortController();
  const kept = Array.from({ length: abreast }, (_, at) => {
    const client = createClient(AddressBookService, transports[at % 2] as Transport);
    return keepOpen(client, { target, ending: endings[Math.floor(at / 2) % 4] as Ending, end: end.signal }, streamed);
  });
  await lasts(streamed);
  end.abort();
  await Promise.all(kept);
  agent.destroy();
  session.abort();
  return streamed;
}

interface Order {
  readonly target: string;
  readonly ending: Ending;
  readonly end: AbortSignal;
}

/** One stream after the other until `end`. */
async function keepOpen(client: Client<typeof AddressBookService>, { target, ending, end }: Order, streamed: Streamed): Promise<void> {
  while (!end.aborted) {
    streamed.streams++;
    const caller = new AbortController();
    const signal = AbortSignal.any([end, caller.signal]);
    const limit = ending === "ended by the backend" ? shortMessages : 0;
    let messages = 0;
    try {
      for await (const person of client.listPeople({ limit }, { signal, headers: { "rpcdeck-target": target } })) {
        messages++;
        streamed.messages++;
        if (person.id !== messages) streamed.problems.push(`message ${messages} of a stream was number ${person.id}`);
        if (ending === "broken off" && messages === shortMessages) caller.abort();
      }
      if (messages !== limit) streamed.problems.push(`a stream of ${limit} messages ended after ${messages}`);
    } catch (error) {
      if (!signal.aborted) streamed.problems.push(`a stream (${ending}) ended after ${messages} messages with ${String(error)}`);
    }
  }
}

/** A gRPC server whose ListPeople sends a message every {@link betweenMessagesMs}, `limit` of them, or without end where that is 0. */
async function startTalking(): Promise<TestServer & { open(): number }> {
  let open = 0;
  const server = http2.createServer(
    connectNodeAdapter({
      routes: (router) => {
        router.service(AddressBookService, {
          async *listPeople({ limit }, { signal }) {
            open++;
            try {
              let sent = 0;
              for await (const _ of every(betweenMessagesMs, undefined, { signal })) {
                yield { id: ++sent, name: "somebody" };
                if (sent === limit) return;
              }
            } finally {
              open--;
            }
          },
        });
      },
    }),
  );
  return { ...(await listen(server)), open: () => open };
}

/** Slope of the line through points (x, y) with the smallest squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return above / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
