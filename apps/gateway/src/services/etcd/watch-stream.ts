import { create, toBinary } from "@bufbuild/protobuf";
import { type Event, Event_EventType as EventType, EventSchema, KeyValueSchema } from "@rpcdeck/protocol/etcd/kv_pb.ts";
import {
  type ResponseHeader,
  type WatchCreateRequest,
  WatchCreateRequest_FilterType as FilterType,
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
} from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import type { Clock } from "../../catalog/clock.ts";
import { isInInterval, keyIntervalFrom, type KeyInterval } from "./key-interval.ts";
import { maxWatchersPerStream, progressIntervalMs, watchBatchEvents, watchFragmentBytes } from "./limits.ts";
import type { Store, StoreEvent } from "./store.ts";

/** What a watch stream needs. */
export interface WatchStreamOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** A header at the store's newest revision. */
  readonly header: () => ResponseHeader;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

interface Watcher {
  readonly id: bigint;
  readonly interval: KeyInterval;
  readonly request: WatchCreateRequest;
  /** The first revision it has not seen. The store's log is its queue: a slow reader costs no memory. */
  nextRevision: bigint;
  /** When it was last told anything, on the clock. */
  toldAtMs: number;
}

/**
 * One Watch stream: any number of watchers, each told what happened from its start revision on. Goes on after the client half-closed,
 * as etcd's does, until `signal` aborts. A watcher whose history was compacted before it could be sent is cancelled with compact_revision.
 */
export async function* watchStream(requests: AsyncIterable<WatchRequest>, options: WatchStreamOptions): AsyncIterable<WatchResponse> {
  const { store, clock, header, signal } = options;
  const watchers = new Map<bigint, Watcher>();
  const control: WatchResponse[] = [];
  let nextId = 0n;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  let woken = false;
  const alert = () => {
    woken = true;
    wake();
  };

  function createWatcher(request: WatchCreateRequest): void {
    const id = request.watchId === 0n ? freeWatchId() : request.watchId;
    const problem = watchers.has(id)
      ? "mvcc: duplicate watch ID provided on the WatchStream"
      : watchers.size >= maxWatchersPerStream
        ? `rpcdeck: more than ${maxWatchersPerStream} watchers on one stream`
        : undefined;
    if (problem !== undefined) {
      control.push(create(WatchResponseSchema, { header: header(), watchId: -1n, created: true, canceled: true, cancelReason: problem }));
      return;
    }
    const key = request.key.length === 0 ? new Uint8Array([0]) : request.key;
    watchers.set(id, {
      id,
      interval: keyIntervalFrom(key, request.rangeEnd),
      request,
      nextRevision: request.startRevision > 0n ? request.startRevision : store.revision() + 1n,
      toldAtMs: clock.nowMs(),
    });
    control.push(create(WatchResponseSchema, { header: header(), watchId: id, created: true }));
  }

  function freeWatchId(): bigint {
    while (watchers.has(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  async function readRequests(): Promise<void> {
    for await (const { requestUnion } of requests) {
      switch (requestUnion.case) {
        case "createRequest":
          createWatcher(requestUnion.value);
          break;
        case "cancelRequest":
          if (watchers.delete(requestUnion.value.watchId)) {
            control.push(create(WatchResponseSchema, { header: header(), watchId: requestUnion.value.watchId, canceled: true }));
          }
          break;
        case "progressRequest":
          control.push(create(WatchResponseSchema, { header: header(), watchId: -1n }));
          break;
        case undefined:
          break;
      }
      alert();
    }
  }

  const stopListening = store.onChange(alert);
  let cancelProgress = scheduleProgress();
  function scheduleProgress(): () => void {
    return clock.after(progressIntervalMs, () => {
      cancelProgress = scheduleProgress();
      alert();
    });
  }
  /** Also on abort itself: a stream that nobody reads any more stands still at a yield and never comes to its end. */
  const cleanUp = () => {
    stopListening();
    cancelProgress();
    signal.removeEventListener("abort", cleanUp);
    alert();
  };
  signal.addEventListener("abort", cleanUp);
  readRequests().catch((error: unknown) => {
    failure = { error };
    alert();
  });

  try {
    while (!signal.aborted) {
      woken = false;
      yield* control.splice(0);
      // A copy: a watcher that joins meanwhile is first told that it was created.
      const present = [...watchers.values()];
      for (const watcher of present) {
        yield* catchUp(watcher);
      }
      if (failure !== undefined && !signal.aborted) {
        throw failure.error;
      }
      if (!woken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    cleanUp();
  }

  /** Sends a watcher everything up to now; a change that comes meanwhile is seen too. */
  function* catchUp(watcher: Watcher): Iterable<WatchResponse> {
    while (watcher.nextRevision <= store.revision() && watchers.get(watcher.id) === watcher) {
      if (watcher.nextRevision < store.compactedRevision()) {
        watchers.delete(watcher.id);
        yield create(WatchResponseSchema, {
          header: header(),
          watchId: watcher.id,
          canceled: true,
          compactRevision: store.compactedRevision(),
        });
        return;
      }
      const events: Event[] = [];
      for (const commit of store.commitsFrom(watcher.nextRevision)) {
        watcher.nextRevision = commit.revision + 1n;
        for (const event of commit.events) {
          if (isWanted(event, watcher)) {
            events.push(toEvent(event, commit.revision, watcher.request.prevKv));
          }
        }
        if (events.length >= watchBatchEvents) {
          break;
        }
      }
      if (events.length > 0) {
        watcher.toldAtMs = clock.nowMs();
        const whole = create(WatchResponseSchema, { header: header(), watchId: watcher.id, events });
        yield* watcher.request.fragment ? fragmentsOf(whole) : [whole];
      }
    }
    if (watcher.request.progressNotify && clock.nowMs() - watcher.toldAtMs >= progressIntervalMs) {
      watcher.toldAtMs = clock.nowMs();
      yield create(WatchResponseSchema, { header: header(), watchId: watcher.id });
    }
  }
}

function isWanted(event: StoreEvent, watcher: Watcher): boolean {
  const unwanted = event.kv === undefined ? FilterType.NODELETE : FilterType.NOPUT;
  return isInInterval(event.keyText, watcher.interval) && !watcher.request.filters.includes(unwanted);
}

function toEvent(event: StoreEvent, revision: bigint, withPrevious: boolean): Event {
  return create(EventSchema, {
    type: event.kv === undefined ? EventType.DELETE : EventType.PUT,
    kv: event.kv ?? create(KeyValueSchema, { key: event.key, modRevision: revision }),
    ...(withPrevious && event.previous !== undefined ? { prevKv: event.previous } : {}),
  });
}

/** Cuts a response into pieces of about `watchFragmentBytes`; all but the last say that more follows. */
function* fragmentsOf(whole: WatchResponse): Iterable<WatchResponse> {
  let events: Event[] = [];
  let bytes = 0;
  for (const event of whole.events) {
    const size = toBinary(EventSchema, event).length;
    if (events.length > 0 && bytes + size > watchFragmentBytes) {
      yield create(WatchResponseSchema, { ...whole, events, fragment: true });
      events = [];
      bytes = 0;
    }
    events.push(event);
    bytes += size;
  }
  yield create(WatchResponseSchema, { ...whole, events });
}
