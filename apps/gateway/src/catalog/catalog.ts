import type { CatalogState, InstanceHealth, LearnedSchema, SourceState } from "./catalog-state.ts";
import type { CatalogView } from "./catalog-view.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type CatalogEvent, createEventLog } from "./event-log.ts";
import type { Instance } from "./instance.ts";
import { changeBetween } from "./instance-change.ts";
import { groupOf } from "./instance-group.ts";
import { createInstanceHealthBook, type EjectionLimits } from "./instance-health.ts";
import { createServiceIndex, type ServiceIndex } from "./service-index.ts";
import type { CatalogSource, SourceSnapshot, SourceStatus } from "./source.ts";

/** How long evicted instances are still shown, in milliseconds (decision 26). */
export const evictedShownMs = 10 * 60 * 1000;

/** The one live list of everything that can be called. */
export interface Catalog extends CatalogView {
  state(): CatalogState;
  /** What happened, oldest first. */
  events(): readonly CatalogEvent[];
  /**
   * Live instances that reflection should be asked about: callable, nothing learned yet or to be asked anew, one for each (source,
   * registered name, version).
   */
  unlearned(): readonly Instance[];
  /** Tells what reflection said. Holds for all instances of the same source, registered name and version that were not asked themselves. */
  learn(instanceId: string, learned: LearnedSchema): void;
  /** Has these instances and their likes, or all, asked anew. Until the answer is there, what was learned before stands. */
  relearn(instanceIds?: readonly string[]): void;
  /** Time left of the leases of instances, by instance id; those without a lease, or whose registry is away, are left out. */
  leasesLeft(
    instanceIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, { readonly leftMs: number; readonly grantedMs: number }>>;
  /** Stops watching. */
  close(): void;
}

/** What a catalog needs. */
export interface CatalogOptions {
  /** In order of preference; names are unique. */
  readonly sources: readonly CatalogSource[];
  readonly clock?: Clock;
  /** Default: as shipped. */
  readonly ejection?: EjectionLimits | undefined;
}

interface Entry {
  /** As the source says. */
  given: Instance;
  /** `given` with the services that were learned. */
  instance: Instance;
  readonly firstSeenMs: number;
  evicted: { readonly reason: string; readonly wallMs: number; readonly atMs: number } | undefined;
  learned: LearnedSchema | undefined;
}

/** Starts watching all sources at once. */
export function createCatalog(options: CatalogOptions): Catalog {
  const clock = options.clock ?? systemClock;
  const closing = new AbortController();
  const listeners = new Set<() => void>();
  const log = createEventLog(() => clock.wallMs());
  const bySource = new Map<string, Map<string, Entry>>();
  const sources = new Map<string, SourceState>();
  const healthBook = createInstanceHealthBook(clock, options.ejection);
  const learnedByGroup = new Map<string, LearnedSchema>();
  /** Groups to be asked anew. */
  const outdated = new Set<string>();
  let index: ServiceIndex | undefined;
  let notifying = false;
  let cancelSweep: (() => void) | undefined;

  function changed(): void {
    index = undefined;
    if (!notifying) {
      notifying = true;
      queueMicrotask(() => {
        notifying = false;
        listeners.forEach((listener) => listener());
      });
    }
  }

  function* entries(): Iterable<Entry> {
    for (const of of bySource.values()) {
      yield* of.values();
    }
  }

  function* live(): Iterable<Entry> {
    for (const entry of entries()) {
      if (entry.evicted === undefined) {
        yield entry;
      }
    }
  }

  /** In the order of the sources, then of the ids, so that lists do not depend on who registered first. */
  function inOrder(): Entry[] {
    return [...bySource.values()].flatMap((of) => [...of.values()].sort((a, b) => (a.given.id < b.given.id ? -1 : 1)));
  }

  function liveInOrder(): Instance[] {
    return inOrder().flatMap((entry) => (entry.evicted === undefined ? entry.instance : []));
  }

  function find(id: string): Entry | undefined {
    for (const of of bySource.values()) {
      const entry = of.get(id);
      if (entry !== undefined) {
        return entry;
      }
    }
    return undefined;
  }

  function learnedOf(entry: Entry): LearnedSchema | undefined {
    return entry.learned ?? learnedByGroup.get(groupOf(entry.given));
  }

  function refresh(entry: Entry): void {
    const services = entry.given.services ?? learnedOf(entry)?.services;
    if (services !== entry.instance.services || entry.instance.revision !== entry.given.revision) {
      entry.instance = { ...entry.given, services };
    }
  }

  function takeSnapshot(source: CatalogSource, snapshot: SourceSnapshot): void {
    const known = bySource.get(source.name) ?? new Map<string, Entry>();
    bySource.set(source.name, known);
    const present = new Set<string>();
    for (const given of snapshot.instances) {
      present.add(given.id);
      takeInstance(source, known, given);
    }
    for (const [id, entry] of known) {
      if (!present.has(id) && entry.evicted === undefined) {
        evict(source, entry, snapshot.removals.get(id));
      }
    }
    const state = stateOf(source);
    const wallMs = clock.wallMs();
    sources.set(source.name, { ...state, revision: snapshot.revision, unread: snapshot.unread, changedMs: wallMs, seenMs: wallMs });
    changed();
  }

  function takeInstance(source: CatalogSource, known: Map<string, Entry>, given: Instance): void {
    const before = known.get(given.id);
    if (before === undefined || before.evicted !== undefined) {
      known.delete(given.id);
      const entry: Entry = {
        given,
        instance: given,
        firstSeenMs: clock.wallMs(),
        evicted: undefined,
        learned: undefined,
      };
      refresh(entry);
      known.set(given.id, entry);
      log.add({
        kind: "registered",
        source: source.name,
        instanceId: given.id,
        registeredAs: given.registeredAs,
        detail: `${given.protocolName} at ${given.address}`,
      });
      return;
    }
    const change = changeBetween(before.given, given);
    if (change !== undefined) {
      healthBook.forget(given.id);
      before.learned = undefined;
      log.add({ kind: "changed", source: source.name, instanceId: given.id, registeredAs: given.registeredAs, detail: change });
    }
    if (before.given !== given) {
      before.given = given;
      before.instance = given;
      refresh(before);
    }
  }

  function evict(source: CatalogSource, entry: Entry, cause: "deregistered" | "lease-expired" | undefined): void {
    const reason =
      cause === "lease-expired"
        ? "its lease ran out"
        : cause === "deregistered" || entry.given.lease === undefined
          ? "deregistered"
          : "gone with its lease: revoked or run out, the registry does not say which";
    entry.evicted = { reason, wallMs: clock.wallMs(), atMs: clock.nowMs() };
    const { id, registeredAs } = entry.given;
    healthBook.forget(id);
    log.add({ kind: cause ?? "deregistered", source: source.name, instanceId: id, registeredAs, detail: reason });
    scheduleSweep(evictedShownMs);
    const group = groupOf(entry.given);
    for (const other of live()) {
      if (groupOf(other.given) === group) {
        return;
      }
    }
    learnedByGroup.delete(group);
    outdated.delete(group);
  }

  function scheduleSweep(delayMs: number): void {
    cancelSweep ??= clock.after(delayMs, () => {
      cancelSweep = undefined;
      const nowMs = clock.nowMs();
      let oldestMs = Number.POSITIVE_INFINITY;
      for (const of of bySource.values()) {
        for (const [id, { evicted }] of of) {
          if (evicted !== undefined && nowMs - evicted.atMs >= evictedShownMs) {
            of.delete(id);
          } else if (evicted !== undefined) {
            oldestMs = Math.min(oldestMs, evicted.atMs);
          }
        }
      }
      changed();
      if (oldestMs !== Number.POSITIVE_INFINITY) {
        scheduleSweep(Math.max(0, oldestMs + evictedShownMs - nowMs));
      }
    });
  }

  function takeStatus(source: CatalogSource, status: SourceStatus): void {
    const before = stateOf(source);
    const wallMs = clock.wallMs();
    const nextTryMs = status.kind === "stale" && Number.isFinite(status.nextTryInMs) ? wallMs + status.nextTryInMs : undefined;
    const seenMs = status.kind === "ok" || before.status.kind === "ok" ? wallMs : before.seenMs;
    sources.set(source.name, { ...before, status, nextTryMs, seenMs });
    if (status.kind === "stale" && before.status.kind !== "stale") {
      log.add({ kind: "source-stale", source: source.name, instanceId: "", registeredAs: "", detail: status.problem });
    } else if (status.kind === "ok" && before.status.kind === "stale") {
      log.add({ kind: "source-ok", source: source.name, instanceId: "", registeredAs: "", detail: "in reach again" });
    }
    changed();
  }

  function stateOf(source: CatalogSource): SourceState {
    const initial: SourceState = {
      source,
      status: { kind: "connecting" },
      revision: 0n,
      unread: 0,
      changedMs: undefined,
      seenMs: undefined,
      nextTryMs: undefined,
    };
    return sources.get(source.name) ?? initial;
  }

  function healthOf(entry: Entry): InstanceHealth {
    if (entry.evicted !== undefined) {
      return { kind: "evicted", ...entry.evicted };
    }
    const failing = healthBook.failing(entry.given.id);
    if (failing !== undefined) {
      return { kind: "failing", ...failing };
    }
    return sources.get(entry.given.source)?.status.kind === "stale" ? { kind: "last-known" } : { kind: "healthy" };
  }

  function currentIndex(): ServiceIndex {
    index ??= createServiceIndex(liveInOrder());
    return index;
  }

  for (const source of options.sources) {
    sources.set(source.name, stateOf(source));
    bySource.set(source.name, new Map());
  }
  for (const source of options.sources) {
    source.watch(
      closing.signal,
      (snapshot) => takeSnapshot(source, snapshot),
      (status) => takeStatus(source, status),
    );
  }

  return {
    instancesFor(service) {
      const found = currentIndex().instancesFor(service);
      return found.some(({ id }) => healthBook.isDemoted(id))
        ? found.toSorted((left, right) => Number(healthBook.isDemoted(left.id)) - Number(healthBook.isDemoted(right.id)))
        : found;
    },
    isDemoted: (id) => healthBook.isDemoted(id),
    chosen: (id) => healthBook.chosen(id),
    byId(id) {
      const entry = find(id);
      return entry === undefined ? undefined : { instance: entry.instance, evicted: entry.evicted !== undefined };
    },
    all: liveInOrder,
    services: () => currentIndex().services,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    report(instanceId, observation) {
      const entry = find(instanceId);
      if (entry === undefined || entry.evicted !== undefined) {
        return;
      }
      const change = healthBook.observe(instanceId, observation, (service) =>
        currentIndex()
          .instancesFor(service)
          .map(({ id }) => id),
      );
      if (change === undefined) {
        return;
      }
      const { source, registeredAs } = entry.given;
      if (change.kind !== undefined) {
        log.add({ kind: change.kind, source, instanceId, registeredAs, detail: change.detail });
      }
      changed();
    },
    events: () => log.list(),
    state: () => ({
      sources: Array.from(sources.values(), (state) => (state.status.kind === "ok" ? { ...state, seenMs: clock.wallMs() } : state)),
      entries: inOrder().map((entry) => ({
        instance: entry.instance,
        health: healthOf(entry),
        firstSeenMs: entry.firstSeenMs,
        schemaId: learnedOf(entry)?.schemaId,
        schemaProblem: learnedOf(entry)?.problem,
      })),
      events: log.list(),
    }),
    unlearned() {
      const groups = new Map<string, Instance>();
      for (const entry of live()) {
        const group = groupOf(entry.given);
        const isAsked = learnedOf(entry) === undefined || outdated.has(group);
        if (entry.given.protocol !== "other" && isAsked && !groups.has(group)) {
          groups.set(group, entry.instance);
        }
      }
      return [...groups.values()];
    },
    learn(instanceId, learned) {
      const asked = find(instanceId);
      if (asked === undefined) {
        return;
      }
      const group = groupOf(asked.given);
      if (outdated.delete(group)) {
        learnedByGroup.delete(group);
        for (const entry of entries()) {
          if (groupOf(entry.given) === group) {
            entry.learned = undefined;
          }
        }
      }
      asked.learned = learned;
      const before = learnedByGroup.get(group);
      if (before === undefined || before.services === undefined) {
        learnedByGroup.set(group, learned);
      }
      for (const entry of entries()) {
        refresh(entry);
      }
      changed();
    },
    relearn(instanceIds) {
      const given = instanceIds?.flatMap((id) => find(id)?.given ?? []) ?? Array.from(live(), (entry) => entry.given);
      for (const instance of given) {
        outdated.add(groupOf(instance));
      }
      changed();
    },
    async leasesLeft(instanceIds, signal) {
      const left = new Map<string, { readonly leftMs: number; readonly grantedMs: number }>();
      const wanted = instanceIds.flatMap((id) => find(id)?.given ?? []);
      for (const source of options.sources) {
        const leased = wanted.filter((instance) => instance.source === source.name && instance.lease !== undefined);
        const ids = new Set(leased.flatMap(({ lease }) => lease?.id ?? []));
        const answers = ids.size === 0 ? undefined : await source.leasesLeft?.([...ids], signal);
        for (const { id, lease } of leased) {
          const answer = lease === undefined ? undefined : answers?.get(lease.id);
          if (answer !== undefined) {
            left.set(id, answer);
          }
        }
      }
      return left;
    },
    close() {
      closing.abort();
      cancelSweep?.();
      listeners.clear();
    },
  };
}
