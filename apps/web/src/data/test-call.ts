// What tests of the call session share: a gateway that answers as they say, a tunnel that opens nothing, and calls that end with the test.
import type { MethodKind } from "@rpcdeck/frames";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach } from "vitest";
import { startCall } from "./call-session.ts";
import type { CallSession, CallSnapshot } from "./call-state.ts";
import type { Draft } from "./draft.ts";
import { gzip } from "./streams-codec.ts";
import { createStreamSlots, type StreamSlots } from "./stream-slots.ts";
import type { TunnelCallListener, TunnelCallOptions } from "./tunnel-call.ts";
import { createTunnelClient, type TraceListener, type TunnelClient } from "./tunnel-client.ts";

/** A unary call without a message of its own. */
export const draft: Draft = {
  id: "d",
  service: "pb.Greeter",
  method: "SayHello",
  target: undefined,
  schemaId: undefined,
  protocol: "connect",
  codec: "proto",
  message: new Uint8Array(),
  jsonText: undefined,
  lastGood: undefined,
  metadata: [],
  deadlineMs: undefined,
  deadlineChosen: false,
  encoding: "",
  select: undefined,
  fail: undefined,
  hedgeMs: undefined,
  useGet: false,
};

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** A gateway's fetch side that answers with `answer`. */
export async function serve(answer: (response: ServerResponse, request: Seen) => void) {
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const each = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) };
      seen.push(each);
      answer(response, each);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** A tunnel that opens nothing: it keeps what it was asked for. */
function quietTunnel() {
  const watches: { id: string; listener: TraceListener }[] = [];
  const calls: { options: TunnelCallOptions; listener: TunnelCallListener; did: unknown[] }[] = [];
  const real = createTunnelClient({ url: "ws://127.0.0.1:1/", token: () => undefined });
  const tunnel: TunnelClient = {
    ...real,
    watch(id, listener) {
      watches.push({ id, listener });
      return () => {};
    },
    openCall(options, listener) {
      const did: unknown[] = [];
      calls.push({ options, listener, did });
      return {
        waitingBytes: 0,
        send: ({ compressed, bytes }) => did.push({ compressed, bytes: [...(compressed ? gunzipSync(bytes) : bytes)] }),
        halfClose: () => did.push("halfClose"),
        cancel: () => did.push("cancel"),
        grant: (bytes) => did.push({ grant: bytes }),
      };
    },
  };
  return { tunnel, watches, calls };
}

/** Starts a call of the draft with these changes; it is ended with the test. */
export function call(
  origin: string,
  change: Partial<Draft> = {},
  more: { kind?: MethodKind; first?: Uint8Array | undefined; slots?: StreamSlots; token?: string } = {},
) {
  const { tunnel, watches, calls } = quietTunnel();
  const session = startCall(
    { ...draft, ...change },
    {
      kind: more.kind ?? "unary",
      first: "first" in more ? more.first : new Uint8Array([1, 2, 3]),
      origin,
      token: more.token,
      tunnel,
      slots: more.slots ?? createStreamSlots(),
      compression: { compress: (bytes) => gzip(bytes), decompress: (bytes) => Promise.resolve(bytes) },
      onFrame: queueMicrotask,
    },
  );
  closers.push(() => {
    session.cancel();
    watches[0]?.listener.onEvents([], true);
  });
  return { session, watches, calls };
}

/** The first snapshot that holds. */
export function when(session: CallSession, holds: (snapshot: CallSnapshot) => boolean): Promise<CallSnapshot> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(session.snapshot())) return;
      stop();
      resolve(session.snapshot());
    };
    const stop = session.subscribe(look);
    look();
  });
}

/** The last snapshot of a call. */
export const ended = (session: CallSession) => when(session, ({ state }) => state.kind === "ended");

/** How a call ended. */
export function outcomeIn(snapshot: CallSnapshot) {
  if (snapshot.state.kind !== "ended") throw new Error(`the call is ${snapshot.state.kind}`);
  return snapshot.state.outcome;
}
