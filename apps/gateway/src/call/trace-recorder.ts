import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Header } from "@rpcdeck/frames";
import { Direction, Leg, TraceEvent_Kind, TraceEventSchema, type TraceEvent } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import type { CallTrace, TraceDirection, TraceLeg } from "./trace.ts";

/** How much of one call, and of all calls, is kept and for how long. */
export interface TraceLimits {
  /** Bytes of one call's events; past it bytes are counted, not kept. */
  readonly maxCallBytes: number;
  /** Bytes of all calls together. */
  readonly maxTotalBytes: number;
  /** Calls kept at once; a call beyond is not recorded. */
  readonly maxCalls: number;
  /** How long a finished call is kept for a late WATCH, and how long a WATCH waits for its call. */
  readonly keepMs: number;
}

/** 64 MiB a call, 256 MiB in all, 2,000 calls, 30 seconds (decision 4). */
export const defaultTraceLimits: TraceLimits = {
  maxCallBytes: 64 * 1024 * 1024,
  maxTotalBytes: 256 * 1024 * 1024,
  maxCalls: 2000,
  keepMs: 30_000,
};

/** A reader of one call's events. */
export interface TraceSubscription {
  /** The next events, about `maxBytes` of them; `done` with the last ones of the call. */
  take(maxBytes: number): { readonly events: TraceEvent[]; readonly done: boolean };
  close(): void;
}

/** Keeps the traces of the calls that asked for one, by their rpcdeck-call id. */
export interface TraceHub {
  /** A recorder for a call that has just arrived; undefined when the id is taken or the hub is full. `protocol` is the inbound one in words. */
  open(id: string, protocol: string): CallTrace | undefined;
  /** Reads a call's events from the first on, before, while or after it runs. `wake` says that there is more to take. */
  subscribe(id: string, wake: () => void): TraceSubscription;
  /** Forgets everything and stops the timers. */
  close(): void;
}

interface Entry {
  readonly events: TraceEvent[];
  readonly wakes: Set<() => void>;
  bytes: number;
  state: "awaited" | "running" | "finished";
  timer: NodeJS.Timeout | undefined;
}

/** Bytes that an event costs beside its own bytes, for the limits. */
const eventOverheadBytes = 64;

/** A hub in this process's memory. */
export function createTraceHub(limits: TraceLimits = defaultTraceLimits): TraceHub {
  const entries = new Map<string, Entry>();
  let totalBytes = 0;

  function entryOf(id: string): Entry {
    let entry = entries.get(id);
    if (entry === undefined) {
      entry = { events: [], wakes: new Set(), bytes: 0, state: "awaited", timer: undefined };
      entries.set(id, entry);
    }
    return entry;
  }

  function forgetLater(id: string, entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      forget(id, entry);
    }, limits.keepMs);
    entry.timer.unref();
  }

  function forget(id: string, entry: Entry): void {
    clearTimeout(entry.timer);
    totalBytes -= entry.bytes;
    entry.bytes = 0;
    if (entries.get(id) === entry) entries.delete(id);
    if (entry.state !== "awaited") return;
    entry.state = "finished"; // whoever still waits is told that nothing will come
    for (const wake of entry.wakes) wake();
  }

  return {
    open(id, protocol) {
      const known = entries.get(id);
      if (known !== undefined && known.state !== "awaited") return undefined;
      if (known === undefined && entries.size >= limits.maxCalls) return undefined;
      const entry = entryOf(id);
      entry.state = "running";
      clearTimeout(entry.timer);
      return createRecorder(protocol, {
        room: () => Math.min(limits.maxCallBytes - entry.bytes, limits.maxTotalBytes - totalBytes),
        add(event) {
          const size = event.bytes.length + eventOverheadBytes;
          entry.bytes += size;
          totalBytes += size;
          entry.events.push(event);
          for (const wake of entry.wakes) wake();
        },
        last: () => entry.events.at(-1),
        finish() {
          if (entry.state === "finished") return;
          entry.state = "finished";
          forgetLater(id, entry);
          for (const wake of entry.wakes) wake();
        },
      });
    },
    subscribe(id, wake) {
      const entry = entryOf(id);
      entry.wakes.add(wake);
      if (entry.state === "awaited") forgetLater(id, entry);
      let next = 0;
      if (entry.events.length > 0 || entry.state === "finished") queueMicrotask(wake);
      return {
        take(maxBytes) {
          const events: TraceEvent[] = [];
          let bytes = 0;
          while (next < entry.events.length && bytes < maxBytes) {
            const event = entry.events[next++] as TraceEvent;
            events.push(event);
            bytes += event.bytes.length + eventOverheadBytes;
          }
          return { events, done: entry.state === "finished" && next === entry.events.length };
        },
        close() {
          entry.wakes.delete(wake);
          if (entry.state === "awaited" && entry.wakes.size === 0) forget(id, entry);
        },
      };
    },
    close() {
      for (const [id, entry] of entries) forget(id, entry);
    },
  };
}

interface RecorderStore {
  /** Bytes that may still be kept. */
  room(): number;
  add(event: TraceEvent): void;
  /** The newest event. */
  last(): TraceEvent | undefined;
  finish(): void;
}

const legs: Readonly<Record<TraceLeg, Leg>> = { inbound: Leg.INBOUND, outbound: Leg.OUTBOUND };
const directions: Readonly<Record<TraceDirection, Direction>> = { request: Direction.REQUEST, response: Direction.RESPONSE };
const encoder = new TextEncoder();

/** Headers whose value nobody may read back. */
const secretNames = new Set(["rpcdeck-token", "cookie", "sec-websocket-protocol"]);

function createRecorder(inboundProtocol: string, store: RecorderStore, startMs = performance.now()): CallTrace {
  let currentAttempt = 0;
  let outboundProtocol = "";
  const attemptOf = (leg: TraceLeg): number => (leg === "outbound" ? currentAttempt : 0);

  function add(leg: TraceLeg, direction: TraceDirection, event: MessageInitShape<typeof TraceEventSchema>): void {
    store.add(
      create(TraceEventSchema, {
        ...event,
        leg: legs[leg],
        direction: directions[direction],
        timeMs: performance.now() - startMs,
        attempt: attemptOf(leg),
        protocol: leg === "inbound" ? inboundProtocol : outboundProtocol,
      }),
    );
  }

  function addBytes(leg: TraceLeg, direction: TraceDirection, kind: TraceEvent_Kind, bytes: Uint8Array): void {
    const room = Math.max(0, store.room() - eventOverheadBytes);
    const kept = Math.min(room, bytes.length);
    if (kept === 0 && bytes.length > 0) {
      // nothing fits: count it on one event instead of making one for every chunk
      const last = store.last();
      if (
        last?.dropped !== undefined &&
        last.dropped > 0n &&
        last.kind === kind &&
        last.leg === legs[leg] &&
        last.attempt === attemptOf(leg) &&
        last.direction === directions[direction]
      ) {
        last.dropped += BigInt(bytes.length);
        return;
      }
    }
    add(leg, direction, { kind, bytes: Uint8Array.prototype.slice.call(bytes, 0, kept), dropped: BigInt(bytes.length - kept) });
  }

  return {
    attempt(attempt, instance, protocol) {
      currentAttempt = attempt;
      outboundProtocol = protocol;
      add("outbound", "request", { kind: TraceEvent_Kind.ATTEMPT, instanceId: instance.id, address: instance.address });
    },
    headers(leg, direction, headers) {
      addBytes(leg, direction, TraceEvent_Kind.HEADERS, linesOf(headers));
    },
    data(leg, direction, bytes) {
      addBytes(leg, direction, TraceEvent_Kind.DATA, bytes);
    },
    trailers(leg, direction, trailers) {
      addBytes(leg, direction, TraceEvent_Kind.TRAILERS, linesOf(trailers));
    },
    end(leg, direction) {
      add(leg, direction, { kind: TraceEvent_Kind.END });
    },
    aborted(leg, direction, note) {
      add(leg, direction, { kind: TraceEvent_Kind.ABORTED, note });
    },
    beside: () => createRecorder(inboundProtocol, store, startMs),
    finish() {
      store.finish();
    },
  };
}

function linesOf(headers: readonly Header[]): Uint8Array {
  let lines = "";
  for (const [name, value] of headers) lines += `${name}: ${secretNames.has(name) ? "(hidden)" : value}\r\n`;
  return encoder.encode(lines);
}
