import { readTunnelMessage, tunnelTypes, writeTunnelMessage } from "@rpcdeck/frames";
import { create, fromBinary, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import {
  TunnelCreditSchema,
  TunnelStartSchema,
  TunnelTraceSchema,
  TunnelWatchSchema,
  type TunnelStart,
  type TunnelWatch,
} from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import type { WebSocket } from "ws";
import type { Call } from "../call/call.ts";
import { traceIdFrom } from "../call/choices.ts";
import type { TraceHub, TraceSubscription } from "../call/trace-recorder.ts";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import { keepPinged } from "./keep-pinged.ts";
import type { InboundLimits } from "./limits.ts";
import { TunnelCall, tunnelProtocol } from "./tunnel-call.ts";

/** Above this many bytes queued on the socket all calls of the tunnel are held back. */
const congestedBytes = 8 * 1024 * 1024;
/** Below this many they go on. */
const relievedBytes = 1024 * 1024;
/** Bytes of events in one TRACE message. */
const tracePieceBytes = 256 * 1024;
/** Calls that one tunnel may watch at once. */
const maxWatches = 1000;
/** WebSocket close codes used: the gateway ends, a message that breaks the protocol, a kind of message that is none of it. */
const closeCodes = { goingAway: 1001, protocolError: 1002, unsupportedData: 1003 } as const;
/** Traces of the last calls get so long to be sent before an ending gateway closes the tunnel, in milliseconds. */
const lastTracesMs = 200;

/** What a tunnel needs. */
export interface TunnelOptions {
  readonly limits: InboundLimits;
  readonly traceHub: TraceHub;
  readonly handleCall: (call: Call) => void;
  /** The other end of the socket. */
  readonly peer?: string | undefined;
  /** True once the gateway is ending and takes no new calls. */
  readonly isDraining: () => boolean;
}

/** An open tunnel. */
export interface Tunnel {
  /** Refuses new calls, and closes as soon as those under way are over. */
  drain(): void;
}

/** Largest WebSocket message: over the message limit by enough that a call, not the tunnel, ends for a message that is too large. */
export function maxTunnelPayload(limits: InboundLimits): number {
  return limits.maxMessageBytes * 2 + 64 * 1024;
}

/** Serves the calls of one WebSocket with subprotocol rpcdeck.tunnel.v1 until it closes; then all of them are cancelled. */
export function serveTunnel(socket: WebSocket, options: TunnelOptions): Tunnel {
  const calls = new Map<number, TunnelCall>();
  const watches = new Map<string, TraceSubscription>();
  let congested = false;

  function send(call: number, type: number, payload: Uint8Array, flags?: number): void {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(writeTunnelMessage(call, type, payload, flags), sent);
    if (socket.bufferedAmount > congestedBytes) congested = true;
  }

  function sent(): void {
    if (!congested || socket.bufferedAmount > relievedBytes) return;
    congested = false;
    for (const call of calls.values()) call.flush();
    for (const pump of pumps.values()) pump();
  }

  const line = {
    send,
    get isCongested() {
      return congested;
    },
    forget(id: number) {
      calls.delete(id);
      if (options.isDraining()) closeWhenIdle();
    },
  };

  function closeWhenIdle(): void {
    if (calls.size > 0) return;
    const close = (): void => {
      socket.close(closeCodes.goingAway, "the gateway is ending");
    };
    if (watches.size === 0) close();
    else setTimeout(close, lastTracesMs);
  }

  function start(id: number, message: TunnelStart): void {
    if (id === 0 || calls.has(id)) {
      socket.close(closeCodes.protocolError, `call id ${id} is in use`);
      return;
    }
    const traceId = traceIdFrom(message.metadata.map(({ name, value }) => [name.toLowerCase(), value]));
    const call = new TunnelCall({
      id,
      start: message,
      line,
      trace: traceId === undefined ? undefined : options.traceHub.open(traceId, tunnelProtocol),
      maxMessageBytes: options.limits.maxMessageBytes,
      peer: options.peer,
    });
    if (options.isDraining()) {
      call.end(outcomeFromFault("shutting_down", "the gateway is ending and takes no new calls"));
    } else if (!/^\/[^/]+\/[^/]+$/.test(message.path)) {
      call.end(outcomeFromFault("request_malformed", `path ${message.path.slice(0, 200)} is not /package.Service/Method`));
    } else if (calls.size >= options.limits.maxTunnelCalls) {
      call.end(outcomeFromFault("too_busy", `the tunnel carries ${calls.size} calls, its fixed limit; end some of them first`));
    } else {
      calls.set(id, call);
      options.handleCall(call);
    }
  }

  const pumps = new Map<string, () => void>();

  function watch(id: string): void {
    if (watches.has(id)) return;
    if (!/^[0-9a-f]{32}$/.test(id) || watches.size >= maxWatches) {
      send(0, tunnelTypes.traceDown, toBinary(TunnelTraceSchema, create(TunnelTraceSchema, { call: id, done: true })));
      return;
    }
    let scheduled = false;
    const pump = (): void => {
      scheduled = false;
      const subscription = watches.get(id);
      while (subscription !== undefined && !congested) {
        const { events, done } = subscription.take(tracePieceBytes);
        if (events.length === 0 && !done) return;
        send(0, tunnelTypes.traceDown, toBinary(TunnelTraceSchema, create(TunnelTraceSchema, { call: id, events, done })));
        if (done) {
          unwatch(id);
          return;
        }
      }
    };
    pumps.set(id, pump);
    watches.set(
      id,
      options.traceHub.subscribe(id, () => {
        if (scheduled) return;
        scheduled = true;
        setImmediate(pump); // the events of one turn travel together
      }),
    );
  }

  function unwatch(id: string): void {
    watches.get(id)?.close();
    watches.delete(id);
    pumps.delete(id);
  }

  /** A control message, or undefined after closing the socket because it is none. */
  function control<Desc extends DescMessage>(schema: Desc, payload: Uint8Array): MessageShape<Desc> | undefined {
    try {
      return fromBinary(schema, payload);
    } catch {
      socket.close(closeCodes.protocolError, "a control message is no protobuf"); // the reason is all the other end can use
      return undefined;
    }
  }

  function take(bytes: Uint8Array): void {
    const message = readTunnelMessage(bytes);
    if (message === undefined) {
      socket.close(closeCodes.protocolError, "a message has no call id and type");
      return;
    }
    const call = calls.get(message.call);
    let startMessage: TunnelStart | undefined;
    let watchMessage: TunnelWatch | undefined;
    switch (message.type) {
      case tunnelTypes.start:
        startMessage = control(TunnelStartSchema, message.payload);
        if (startMessage !== undefined) start(message.call, startMessage);
        return;
      case tunnelTypes.message:
        call?.takeMessage(message.payload); // a call that is over may still get what was under way
        return;
      case tunnelTypes.halfClose:
        call?.takeHalfClose();
        return;
      case tunnelTypes.cancel:
        call?.cancel("the caller cancelled");
        return;
      case tunnelTypes.credit:
        call?.takeCredit(Number(control(TunnelCreditSchema, message.payload)?.bytes ?? 0n));
        return;
      case tunnelTypes.watch:
        watchMessage = control(TunnelWatchSchema, message.payload);
        if (watchMessage !== undefined) watch(watchMessage.call);
        return;
      default:
        socket.close(closeCodes.protocolError, `message type ${message.type} is not known`);
    }
  }

  keepPinged(socket, options.limits.tunnelPingMs);
  socket.on("error", () => {}); // "close" follows and cancels the calls
  socket.on("message", (data, isBinary) => {
    if (!isBinary) {
      socket.close(closeCodes.unsupportedData, "messages are binary");
      return;
    }
    take(data as Buffer);
  });
  socket.on("close", () => {
    for (const id of watches.keys()) unwatch(id);
    for (const call of calls.values()) call.cancel("the tunnel closed");
  });
  return { drain: closeWhenIdle };
}
