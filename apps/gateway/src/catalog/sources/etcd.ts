import type { MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import type { Event, KeyValue } from "@rpcdeck/protocol/etcd/kv_pb.ts";
import type { WatchRequestSchema, WatchResponse } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { CatalogSource, SourceSnapshot, SourceStatus } from "../source.ts";
import { createEtcdMirror, type DeletedKey, type EtcdMirror } from "./etcd-mirror.ts";
import { describeEtcdProblem, type EtcdEndpoint, type EtcdSession, isTokenProblem } from "./etcd-session.ts";
import { createRequestQueue } from "@rpcdeck/services";

/** Wait before the second attempt, in milliseconds; doubles with each failure. */
const firstBackoffMs = 100;
/** Longest wait between two attempts, in milliseconds. */
const maxBackoffMs = 5_000;
/** Longest wait for the time left of a lease, in milliseconds. */
const leaseTimeoutMs = 2_000;
/** Keys asked for at once: responses have no limit on the server's side. */
const pageKeys = 1_000;
/** Waits of a source that fault runs shorten, in milliseconds. */
export interface EtcdTimers {
  /** Longest wait for one page of keys, and for a watch to be created. */
  readonly answerTimeoutMs: number;
  /**
   * Silence on the watch after which the server is asked for its progress. A request, not an HTTP/2 PING: it proves that the watch itself
   * lives, and no server counts it as a ping too many.
   */
  readonly silenceMs: number;
  /** Wait for the answer to that; then the connection counts as dead. */
  readonly answerMs: number;
}

/** The waits that are shipped: 5 s, 20 s and 10 s. */
export const defaultEtcdTimers: EtcdTimers = { answerTimeoutMs: 5_000, silenceMs: 20_000, answerMs: 10_000 };

/** Leases asked about at the same time. */
const leasesAtOnce = 16;

/** What a source over etcd needs. */
export interface EtcdSourceOptions {
  readonly name: string;
  readonly kind: "embedded" | "etcd";
  /** At least one; the next one is tried when one fails. */
  readonly endpoints: readonly EtcdEndpoint[];
  /** Only keys that begin with this; empty for all. */
  readonly prefix?: string;
  /** Why the keys of a revision were deleted, where that is known (the embedded registry). */
  readonly causeOf?: (revision: bigint) => "deregistered" | "lease-expired" | undefined;
  readonly clock?: Clock;
  readonly timers?: EtcdTimers;
  /** 0 up to 1, for the spread of retries. */
  readonly random?: () => number;
}

/** The registry's history before our revision is gone, or it is another registry now: read everything again. */
class SnapshotNeeded extends Error {}

/** The connection was silent and did not answer; most likely it is half dead. */
class SilentConnection extends Error {}

/**
 * An etcd cluster, or the embedded registry, as a source: one Range, then Watch from the revision after it. After a failure it goes on at the
 * next endpoint from the last revision seen, or with a new Range when history was compacted or the cluster is another one.
 */
export function createEtcdSource(options: EtcdSourceOptions): CatalogSource {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const timers = options.timers ?? defaultEtcdTimers;
  let current: EtcdSession | undefined;

  async function run(
    signal: AbortSignal,
    onSnapshot: (snapshot: SourceSnapshot) => void,
    onStatus: (status: SourceStatus) => void,
  ): Promise<void> {
    const mirror = createEtcdMirror(options.name);
    let failures = 0;
    let beganAnew = false;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const endpoint = options.endpoints[attempt % options.endpoints.length];
      if (endpoint === undefined) {
        onStatus({ kind: "stale", problem: "no endpoint is configured", nextTryInMs: Number.POSITIVE_INFINITY });
        return;
      }
      const ending = new AbortController();
      const session = endpoint.open();
      current = session;
      const both = AbortSignal.any([signal, ending.signal]);
      let wasOk = false;
      try {
        await session.authenticate(both);
        await follow(session, mirror, both, {
          onSnapshot,
          onOk: () => {
            wasOk = true;
            failures = 0;
            onStatus({ kind: "ok" });
          },
        });
      } catch (error) {
        if (!signal.aborted) {
          // One connection that fell silent, or one new beginning, is no fault yet; what follows without success is.
          const isQuiet = (wasOk && error instanceof SilentConnection) || (!beganAnew && error instanceof SnapshotNeeded);
          failures = isQuiet ? 0 : failures + 1;
          beganAnew = error instanceof SnapshotNeeded;
          if (beganAnew) {
            mirror.forget();
          }
          if (failures > 0) {
            const nextTryInMs = Math.round(Math.min(maxBackoffMs, firstBackoffMs * 2 ** (failures - 1)) * (0.8 + 0.4 * random()));
            onStatus({ kind: "stale", problem: `${endpoint.address}: ${describeEtcdProblem(error)}`, nextTryInMs });
            await sleep(nextTryInMs, clock, signal);
          } else {
            await sleep(firstBackoffMs, clock, signal);
          }
        }
      } finally {
        current = undefined;
        ending.abort();
        session.close();
      }
    }
  }

  async function follow(
    session: EtcdSession,
    mirror: EtcdMirror,
    signal: AbortSignal,
    tell: { readonly onSnapshot: (snapshot: SourceSnapshot) => void; readonly onOk: () => void },
  ): Promise<void> {
    if (mirror.isEmpty()) {
      await readAll(session, mirror, { prefix: options.prefix ?? "", timeoutMs: timers.answerTimeoutMs, signal });
      tell.onSnapshot(mirror.snapshot(new Map()));
    }
    const requests = createRequestQueue<MessageInitShape<typeof WatchRequestSchema>>();
    const { key, rangeEnd } = rangeOf(options.prefix ?? "");
    requests.push({
      requestUnion: {
        case: "createRequest",
        value: { key, rangeEnd, startRevision: mirror.revision() + 1n, prevKv: true, progressNotify: true, fragment: true },
      },
    });
    const dead = new AbortController();
    const silence = createSilenceAlarm(clock, timers, {
      onSilence: () => requests.push({ requestUnion: { case: "progressRequest", value: {} } }),
      onDead: (waitedMs) => dead.abort(new SilentConnection(`no answer for ${waitedMs / 1000} s`)),
    });
    let fragments: Event[] = [];
    try {
      const responses = session.watch.watch(requests, { signal: AbortSignal.any([signal, dead.signal]), headers: { hasleader: "true" } });
      for await (const response of responses) {
        silence.restart();
        checkAlive(response, mirror);
        if (response.created) {
          tell.onOk();
        }
        fragments.push(...response.events);
        if (response.fragment) {
          continue;
        }
        if (fragments.length > 0) {
          const deleted = mirror.apply(fragments);
          fragments = [];
          tell.onSnapshot(mirror.snapshot(await causesOf(session, deleted, signal)));
        } else if (response.watchId >= 0n && !response.created) {
          mirror.sawRevision(response.header?.revision ?? 0n);
        }
      }
      throw new Error("the registry ended the watch");
    } catch (error) {
      throw dead.signal.aborted ? dead.signal.reason : isCompacted(error) ? new SnapshotNeeded() : error;
    } finally {
      silence.stop();
      requests.end();
    }
  }

  /** Why keys were deleted. A real etcd does not say: a lease that still lives proves that the key was deleted by hand, one that is gone proves nothing. */
  async function causesOf(session: EtcdSession, deleted: readonly DeletedKey[], signal: AbortSignal): Promise<SourceSnapshot["removals"]> {
    const causes = new Map<string, "deregistered" | "lease-expired">();
    const doubtful = new Map<bigint, string[]>();
    for (const { lease, revision, instanceIds } of deleted) {
      const cause = options.causeOf?.(revision) ?? (lease === 0n ? "deregistered" : undefined);
      for (const id of instanceIds) {
        if (cause !== undefined) {
          causes.set(id, cause);
        } else {
          doubtful.set(lease, [...(doubtful.get(lease) ?? []), id]);
        }
      }
    }
    const asked = [...doubtful.keys()].slice(0, leasesAtOnce);
    for (const [lease, { leftMs }] of await askLeases(session, asked, signal)) {
      if (leftMs >= 0) {
        doubtful.get(lease)?.forEach((id) => causes.set(id, "deregistered"));
      }
    }
    return causes;
  }

  async function askLeases(session: EtcdSession, ids: readonly bigint[], signal: AbortSignal) {
    const answers = new Map<bigint, { leftMs: number; grantedMs: number }>();
    for (let index = 0; index < ids.length; index += leasesAtOnce) {
      await Promise.all(
        ids.slice(index, index + leasesAtOnce).map(async (ID) => {
          try {
            const { TTL, grantedTTL } = await session.lease.leaseTimeToLive({ ID }, { signal, timeoutMs: leaseTimeoutMs });
            answers.set(ID, { leftMs: TTL < 0n ? -1 : Number(TTL) * 1000, grantedMs: Number(grantedTTL) * 1000 });
          } catch (error) {
            // A lease that could not be asked for is left out: the caller shows no time rather than a wrong one.
            if (isTokenProblem(error)) {
              await session.authenticate(signal).catch(() => undefined);
            }
          }
        }),
      );
    }
    return answers;
  }

  return {
    name: options.name,
    kind: options.kind,
    addresses: options.endpoints.map(({ address }) => address),
    watch(signal, onSnapshot, onStatus) {
      onStatus({ kind: "connecting" });
      run(signal, onSnapshot, onStatus).catch((error: unknown) => {
        onStatus({ kind: "stale", problem: `internal: ${describeEtcdProblem(error)}`, nextTryInMs: Number.POSITIVE_INFINITY });
      });
    },
    leasesLeft: async (ids, signal) => (current === undefined ? new Map() : askLeases(current, ids, signal)),
  };
}

/** Reads all keys of a prefix as they were at one revision, page by page. */
async function readAll(
  session: EtcdSession,
  mirror: EtcdMirror,
  { prefix, timeoutMs, signal }: { readonly prefix: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { key, rangeEnd } = rangeOf(prefix);
  const kvs: KeyValue[] = [];
  let from = key;
  let revision = 0n;
  for (;;) {
    const request = { key: from, rangeEnd, revision, limit: BigInt(pageKeys), serializable: true };
    const page = await session.kv.range(request, { signal, timeoutMs });
    revision = revision === 0n ? (page.header?.revision ?? 0n) : revision;
    kvs.push(...page.kvs);
    const last = page.kvs.at(-1);
    if (!page.more || last === undefined) {
      mirror.replace(kvs, revision, page.header?.clusterId ?? 0n);
      return;
    }
    from = Buffer.concat([last.key, new Uint8Array(1)]);
  }
}

function checkAlive(response: WatchResponse, mirror: EtcdMirror): void {
  if (response.canceled) {
    throw response.compactRevision > 0n ? new SnapshotNeeded() : new Error(response.cancelReason || "the registry cancelled the watch");
  }
  const header = response.header;
  if (response.created && header !== undefined && (header.revision < mirror.revision() || header.clusterId !== mirror.clusterId())) {
    throw new SnapshotNeeded(); // it began anew: watching for our old revision would be silence for ever
  }
}

/** The keys of a prefix as etcd asks for them; all keys for the empty one. */
function rangeOf(prefix: string): { readonly key: Uint8Array; readonly rangeEnd: Uint8Array } {
  const key = new TextEncoder().encode(prefix);
  if (key.length === 0) {
    return { key: new Uint8Array([0]), rangeEnd: new Uint8Array([0]) };
  }
  // UTF-8 never holds a byte of ff, so the last one can always be raised.
  const rangeEnd = key.slice();
  rangeEnd[rangeEnd.length - 1] = (rangeEnd.at(-1) ?? 0) + 1;
  return { key, rangeEnd };
}

interface SilenceAlarm {
  /** Something was heard. */
  restart(): void;
  stop(): void;
}

/** The first thing must be heard within `answerTimeoutMs`; after it silence is asked about before it counts. */
function createSilenceAlarm(
  clock: Clock,
  { answerTimeoutMs, silenceMs, answerMs }: EtcdTimers,
  told: { readonly onSilence: () => void; readonly onDead: (waitedMs: number) => void },
): SilenceAlarm {
  let cancel = clock.after(answerTimeoutMs, () => told.onDead(answerTimeoutMs));
  return {
    restart() {
      cancel();
      cancel = clock.after(silenceMs, () => {
        cancel = clock.after(answerMs, () => told.onDead(silenceMs + answerMs));
        told.onSilence();
      });
    },
    stop: () => cancel(),
  };
}

function isCompacted(error: unknown): boolean {
  return error instanceof ConnectError && error.rawMessage.includes("required revision has been compacted");
}

function sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done);
  });
}
