// The faults of `npm run faults`: what goes wrong between gateway and backend, and what a caller must see then.
import http2 from "node:http2";
import { randomBytes } from "node:crypto";
import net, { type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { listen } from "@rpcdeck/testkit";
import {
  answerEnd,
  answerHead,
  answerWell,
  isBare,
  messagesOf,
  sendMessage,
  startFaultBackend,
  type Answer,
  type BackendCall,
  type CallKind,
  type Leg,
} from "./backend.ts";
import { callerNames, type CallerName } from "./callers.ts";
import { startFaultProxy, type ProxyFault } from "./fault-proxy.ts";

/** A started fault: an address to call. */
export interface FaultTarget {
  readonly port: number;
  /** By call id, how often the backend executed it. */
  readonly executions: ReadonlyMap<string, number>;
  close(): Promise<void>;
  /** Ends the fault; there where the next call has to work then. */
  readonly heal?: () => void;
}

/** One cell of the matrix. */
export interface Cell {
  readonly leg: Leg;
  readonly kind: CallKind;
}

/** A fault and what is promised under it. */
export interface Fault {
  readonly name: string;
  /** Starts it; `run` counts from 0, for faults that vary. */
  start(run: number): Promise<FaultTarget>;
  /** True: calls side by side share one target and so its connections; else each call has its own. */
  readonly isShared?: true;
  /** Statuses a caller may see. */
  expected(cell: Cell): readonly string[];
  /** Executions of one call at the backend. More than one is never right. */
  readonly executions: "one" | "none" | "at most one";
  /** Who calls; default all in turn. */
  readonly callers?: readonly CallerName[];
  /** True: the call can only end by its deadline. */
  readonly endsByDeadline?: true;
}

const { NGHTTP2_REFUSED_STREAM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_PROTOCOL_ERROR } =
  http2.constants;
const ok = ["ok"];
const unavailable = ["unavailable"];
const manyHeaders = 2_000;
/** Streams of a connection before it says GOAWAY in the storm. */
const streamsBeforeGoaway = 3;
/** Zeros in the bomb, in bytes. */
const bombBytes = 300 * 1024 * 1024;
const resetCodes = [NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_PROTOCOL_ERROR];

const bomb = gzipSync(Buffer.alloc(bombBytes));

/** All of them. */
export const faults: readonly Fault[] = [
  { name: "none", start: () => behind(answerWell), expected: () => ok, executions: "one" },
  { name: "latency 60 ms each way", start: () => proxied({ latencyMs: 60 }), expected: () => ok, executions: "one" },
  { name: "slices of 1 byte", start: () => proxied({ sliceBytes: 1 }), expected: () => ok, executions: "one" },
  {
    name: "cut after n bytes",
    start: (run) => proxied({ cutAfterBytes: 1 + run * 5 }),
    expected: () => unavailable,
    executions: "at most one",
  },
  {
    name: "black hole at connect",
    start: () => proxied({ accept: "swallow" }),
    // An HTTP/1.1 server that says nothing looks the same, and may take as long as the deadline allows; not where HTTP/2 was spoken before.
    expected: ({ leg }) => (leg === "grpc" ? unavailable : ["deadline_exceeded", "unavailable"]),
    executions: "none",
  },
  { name: "black hole in the call", start: blackholeInCall, expected: () => unavailable, executions: "one" },
  { name: "reset at connect", start: () => proxied({ accept: "reset" }), expected: () => unavailable, executions: "none" },
  {
    name: "reset in the call",
    start: () => behind(({ socket }) => void socket.resetAndDestroy()),
    expected: () => unavailable,
    executions: "one",
  },
  { name: "refused", start: refused, expected: () => unavailable, executions: "none" },
  { name: "GOAWAY storm", start: goawayStorm, isShared: true, expected: () => ok, executions: "one" },
  {
    name: "RST storm",
    start: resetStorm,
    isShared: true,
    // "gRPC over HTTP/2", Errors: what each code of a reset means.
    expected: () => ["internal", "canceled", "resource_exhausted"],
    executions: "one",
  },
  {
    name: "stream refused four times",
    start: () => behind((call) => (call.attempt > 4 ? answerWell(call) : turnAway(call))),
    isShared: true,
    expected: () => ok,
    executions: "one",
  },
  { name: "every stream refused", start: () => behind(turnAway), isShared: true, expected: () => unavailable, executions: "none" },
  {
    name: "no streams allowed",
    start: () => behind(answerWell, 0),
    expected: () => ["deadline_exceeded"],
    executions: "none",
    endsByDeadline: true,
  },
  { name: "silent", start: () => behind(() => {}), expected: () => ["deadline_exceeded"], executions: "one", endsByDeadline: true },
  {
    name: "trailers never",
    start: () => behind(withoutEnd),
    expected: () => ["deadline_exceeded"],
    executions: "one",
    endsByDeadline: true,
  },
  {
    name: "2,000 headers of 12 bytes",
    start: () => behind((call) => answerHead(call, fields(4))),
    expected: () => ["internal"],
    executions: "one",
  },
  {
    name: "2,000 headers of 200 bytes",
    // More CONTINUATION frames than nghttp2 takes: it breaks the connection off.
    start: () => behind((call) => answerHead(call, fields(190))),
    expected: () => unavailable,
    executions: "one",
  },
  { name: "4 GiB announced", start: () => behind(announceTooMuch), expected: () => ["resource_exhausted"], executions: "one" },
  {
    name: "gzip bomb of 300 MiB",
    start: () => behind(sendBomb),
    expected: () => ["resource_exhausted"],
    executions: "one",
    callers: ["connect-json"], // who reads proto gets the bomb as it is, and refuses it himself
  },
  { name: "random bytes for an answer", start: noise, expected: () => unavailable, executions: "none" },
  {
    name: "an HTML page for an answer",
    start: () =>
      behind(({ stream }) => {
        stream.respond({ ":status": 404, "content-type": "text/html" });
        stream.end("<!doctype html><title>Not here</title>");
      }),
    expected: () => ["unimplemented"],
    executions: "one",
  },
];

/** Who calls in the run of that number. */
export function callerOf(fault: Fault, run: number): CallerName {
  const names = fault.callers ?? callerNames;
  return names[run % names.length] as CallerName;
}

async function behind(answer: Answer, maxStreams?: number): Promise<FaultTarget> {
  return startFaultBackend(answer, maxStreams);
}

async function proxied(fault: ProxyFault): Promise<FaultTarget> {
  const backend = await startFaultBackend(answerWell);
  const proxy = await startFaultProxy(backend.port, fault);
  return {
    port: proxy.port,
    executions: backend.executions,
    ...(fault.accept === undefined ? {} : { heal: () => proxy.heal() }),
    close: async () => {
      await proxy.close();
      await backend.close();
    },
  };
}

async function blackholeInCall(): Promise<FaultTarget> {
  let isHealed = false;
  const backend = await startFaultBackend((call) => {
    if (isHealed) answerWell(call);
    else proxy.blackhole();
  });
  const proxy = await startFaultProxy(backend.port, {});
  return {
    port: proxy.port,
    executions: backend.executions,
    heal() {
      isHealed = true;
    },
    close: async () => {
      await proxy.close();
      await backend.close();
    },
  };
}

async function refused(): Promise<FaultTarget> {
  const gone = await listen(net.createServer());
  await gone.close();
  return { port: gone.port, executions: new Map(), close: async () => {} };
}

async function noise(): Promise<FaultTarget> {
  const server = await listen(
    net.createServer((socket) => {
      socket.once("data", () => socket.end(randomBytes(4096)));
    }),
  );
  return { port: server.port, executions: new Map(), close: server.close };
}

/** Every connection ends with GOAWAY after a few streams. What came after them is not executed: the GOAWAY says so, and is kept to. */
async function goawayStorm(): Promise<FaultTarget> {
  const counts = new WeakMap<Socket, number>();
  return startFaultBackend((call) => {
    const count = (counts.get(call.socket) ?? 0) + 1;
    counts.set(call.socket, count);
    if (count > streamsBeforeGoaway) return "turned away";
    if (count === streamsBeforeGoaway) call.stream.session?.goaway(0, call.stream.id);
    answerWell(call);
    return undefined;
  });
}

/** Every stream is reset once it was executed, each with another code. */
async function resetStorm(): Promise<FaultTarget> {
  let count = 0;
  return startFaultBackend(({ stream }) => {
    stream.close(resetCodes[count++ % resetCodes.length]);
  });
}

function turnAway({ stream }: BackendCall): "turned away" {
  stream.close(NGHTTP2_REFUSED_STREAM);
  return "turned away";
}

function withoutEnd(call: BackendCall): void {
  answerHead(call);
  for (const message of messagesOf(call)) sendMessage(call, message);
}

function fields(valueBytes: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: manyHeaders }, (_, at) => [`x-h-${at}`, "v".repeat(valueBytes)]));
}

function announceTooMuch(call: BackendCall): void {
  answerHead(call, isBare(call) ? { "content-length": "4294967295" } : {});
  call.stream.write(isBare(call) ? Buffer.alloc(1024) : Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
}

function sendBomb(call: BackendCall): void {
  const name = isBare(call) ? "content-encoding" : call.leg === "connect" ? "connect-content-encoding" : "grpc-encoding";
  answerHead(call, { [name]: "gzip" });
  sendMessage(call, bomb, 1);
  answerEnd(call);
}
