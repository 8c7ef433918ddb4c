import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { outcomeOf, readTunnelMessage, tunnelTypes, writeTunnelMessage } from "@rpcdeck/frames";
import { TunnelTraceSchema, TunnelWatchSchema, type TraceEvent } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { createTunnelCall, type TunnelCall, type TunnelCallEnd, type TunnelCallListener, type TunnelCallOptions } from "./tunnel-call.ts";

/** The tunnel's subprotocol. */
export const tunnelSubprotocol = "rpcdeck.tunnel.v1";
/** Time to the first attempt after the tunnel broke; each further one waits twice as long. */
export const firstReconnectMs = 500;
/** Longest time between two attempts. */
export const longestReconnectMs = 10_000;
/** An attempt that takes longer than this is given up. */
export const tunnelOpenTimeoutMs = 5_000;

/** Where the tunnel is. It opens with its first use. */
export type TunnelState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** Broken; tried again at `nextTryAt` (`Date.now()` milliseconds), or at once when something wants to use it. */
  | { readonly kind: "waiting"; readonly problem: string; readonly nextTryAt: number };

/** What a watcher of a call's trace is told. */
export interface TraceListener {
  /** `done` with the last events. */
  onEvents(events: readonly TraceEvent[], done: boolean): void;
  /** The trace cannot be had (any more). */
  onProblem(problem: string): void;
}

/** One WebSocket that carries many calls. */
export interface TunnelClient {
  /** Opens a call; on a closed tunnel it waits for the attempt to open it. Where that fails, and when the tunnel closes, the call ends UNAVAILABLE. */
  openCall(options: TunnelCallOptions, listener: TunnelCallListener): TunnelCall;
  /** Watches what happens on both legs of the call with this rpcdeck-call id. Answers how to stop. */
  watch(callId: string, listener: TraceListener): () => void;
  state(): TunnelState;
  subscribe(listener: () => void): () => void;
  /** Closes the tunnel for good and ends its calls. */
  close(): void;
}

/** What a tunnel client is made of. */
export interface TunnelClientOptions {
  /** ws: or wss: address of `/-/tunnel`. */
  readonly url: string;
  /** The gateway's token, asked for at every attempt; undefined where there is none. */
  readonly token: () => string | undefined;
}

/** A tunnel to the gateway that opens itself when it is used, and again after a break. */
export function createTunnelClient({ url, token }: TunnelClientOptions): TunnelClient {
  const listeners = new Set<() => void>();
  const calls = new Map<number, TunnelCallEnd>();
  const watches = new Map<string, TraceListener>();
  let state: TunnelState = { kind: "idle" };
  let socket: WebSocket | undefined;
  /** Messages for a socket that is not open yet. */
  let early: Uint8Array<ArrayBuffer>[] = [];
  let nextId = 1;
  let retryMs = firstReconnectMs;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const setState = (next: TunnelState) => {
    state = next;
    for (const listener of listeners) listener();
  };

  const connect = () => {
    if (socket !== undefined || closed) return;
    clearTimeout(timer);
    setState({ kind: "connecting" });
    const secret = token();
    const protocols =
      secret === undefined
        ? [tunnelSubprotocol]
        : [tunnelSubprotocol, `rpcdeck-token.${base64Encode(new TextEncoder().encode(secret), "url")}`];
    const attempt = new WebSocket(url, protocols);
    socket = attempt;
    attempt.binaryType = "arraybuffer";
    let opened = false;
    timer = setTimeout(() => {
      attempt.close();
      broken(`the tunnel did not open within ${tunnelOpenTimeoutMs / 1000} s`);
    }, tunnelOpenTimeoutMs);
    const broken = (problem: string) => {
      if (socket !== attempt) return;
      socket = undefined;
      breakOff(problem);
    };
    attempt.addEventListener("open", () => {
      if (socket !== attempt) return;
      clearTimeout(timer);
      opened = true;
      retryMs = firstReconnectMs;
      for (const message of early) attempt.send(message);
      early = [];
      setState({ kind: "open" });
    });
    attempt.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (socket === attempt && event.data instanceof ArrayBuffer) take(new Uint8Array(event.data));
    });
    attempt.addEventListener("close", (event) => {
      broken(opened ? `tunnel closed${event.reason === "" ? "" : `: ${event.reason}`}` : "the tunnel to the gateway could not be opened");
    });
  };

  const breakOff = (problem: string) => {
    clearTimeout(timer);
    early = [];
    const open = [...calls.values()];
    calls.clear();
    const watchers = [...watches.values()];
    watches.clear();
    if (closed) setState({ kind: "idle" });
    else {
      setState({ kind: "waiting", problem, nextTryAt: Date.now() + retryMs });
      timer = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, longestReconnectMs);
    }
    for (const call of open) call.breakOff(outcomeOf("unavailable", problem));
    for (const watcher of watchers) watcher.onProblem(problem);
  };

  const take = (bytes: Uint8Array<ArrayBuffer>) => {
    let act: () => void;
    try {
      act = read(bytes);
    } catch {
      // What the gateway said is not of this protocol: nothing after it can be trusted.
      const broken = socket;
      socket = undefined;
      broken?.close();
      breakOff("the gateway's tunnel sent a message that cannot be read");
      return;
    }
    act();
  };

  const read = (bytes: Uint8Array<ArrayBuffer>): (() => void) => {
    const message = readTunnelMessage(bytes);
    if (message === undefined) throw new Error("no call id and type");
    if (message.type !== tunnelTypes.traceDown) return calls.get(message.call)?.read(message.type, message.payload) ?? (() => {});
    const trace = fromBinary(TunnelTraceSchema, message.payload);
    return () => {
      const watcher = watches.get(trace.call);
      if (trace.done) watches.delete(trace.call);
      watcher?.onEvents(trace.events, trace.done);
    };
  };

  const send = (bytes: Uint8Array<ArrayBuffer>) => {
    connect();
    if (socket?.readyState === WebSocket.OPEN) socket.send(bytes);
    else early.push(bytes);
  };

  return {
    openCall(options, listener) {
      const id = nextId++;
      const call = createTunnelCall(options, listener, {
        send(type, payload, flags) {
          if (calls.has(id)) send(writeTunnelMessage(id, type, payload, flags));
        },
        forget() {
          calls.delete(id);
        },
      });
      if (closed) {
        queueMicrotask(() => {
          call.breakOff(outcomeOf("unavailable", "tunnel closed"));
        });
        return call;
      }
      calls.set(id, call);
      send(writeTunnelMessage(id, tunnelTypes.start, call.start));
      return call;
    },
    watch(callId, listener) {
      watches.set(callId, listener);
      send(writeTunnelMessage(0, tunnelTypes.watch, toBinary(TunnelWatchSchema, create(TunnelWatchSchema, { call: callId }))));
      return () => {
        if (watches.get(callId) === listener) watches.delete(callId);
      };
    },
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      if (closed) return;
      closed = true;
      const open = socket;
      socket = undefined;
      open?.close();
      breakOff("tunnel closed");
    },
  };
}
