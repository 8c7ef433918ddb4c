import { create } from "@bufbuild/protobuf";
import { type KeyValue, KeyValueSchema } from "@rpcdeck/protocol/etcd/kv_pb.ts";
import { etcdError } from "./faults.ts";
import { isInInterval, type KeyInterval, type KeyText, keyTextFrom } from "./key-interval.ts";
import { maxHistoryRevisions, maxKeys, maxStoreBytes } from "./limits.ts";

/** Bytes counted for a version beside its key and value. */
const versionOverheadBytes = 64;

/** Why a revision came to be. */
export type CommitCause = "write" | "lease-revoked" | "lease-expired";

/** One changed key: its new state, or undefined when it was deleted. */
export interface StoreEvent {
  readonly keyText: KeyText;
  readonly key: Uint8Array;
  readonly kv: KeyValue | undefined;
  readonly previous: KeyValue | undefined;
}

/** All changes of one revision, in order. */
export interface Commit {
  readonly revision: bigint;
  readonly cause: CommitCause;
  readonly events: readonly StoreEvent[];
}

/** Changes in the making. What is read from the store meanwhile includes them. */
export interface StoreTransaction {
  /** Writes a key; returns what was there. Lease 0n is none. */
  put(key: Uint8Array, value: Uint8Array, lease: bigint): KeyValue | undefined;
  /** Deletes keys; returns what was there, in key order. */
  delete(interval: KeyInterval): readonly KeyValue[];
}

/**
 * Keys with their history, as etcd's MVCC store keeps them, in memory. A value that was handed out never changes.
 * Revisions begin at 1 and go up by one with each `commit` that changes anything.
 */
export interface Store {
  /** The newest revision. */
  revision(): bigint;
  /** History before this revision is gone; 0n when all is there. */
  compactedRevision(): bigint;
  /** Bytes of keys and values with their history. */
  sizeBytes(): number;
  get(key: KeyText): KeyValue | undefined;
  /** Keys of an interval in byte order, as they were at `revision`; throws for compacted and future revisions. */
  range(interval: KeyInterval, revision: bigint): readonly KeyValue[];
  /** Keys that hang on a lease now, in byte order. */
  keysOf(lease: bigint): readonly KeyText[];
  /** Throws when a write of so many bytes and new keys does not fit, even after compacting. */
  reserve(bytes: number, newKeys: number): void;
  /** Runs changes as one revision and tells listeners. `change` must not throw after its first change. */
  commit<Result>(cause: CommitCause, change: (transaction: StoreTransaction) => Result): Result;
  /** Forgets history before `revision`; throws when that is gone already or has not happened yet. */
  compact(revision: bigint): void;
  /** The commits from `revision` on. Only for revisions after `compactedRevision() - 1`. */
  commitsFrom(revision: bigint): Iterable<Commit>;
  /** Why a revision came to be; undefined when that is compacted. */
  causeOf(revision: bigint): CommitCause | undefined;
  /** Called after each commit and each compaction; returns the way to stop. */
  onChange(listener: () => void): () => void;
}

interface Version {
  readonly revision: bigint;
  readonly kv: KeyValue | undefined;
}

/** An empty store at revision 1. */
export function createStore(): Store {
  const histories = new Map<KeyText, Version[]>();
  let sortedKeys: KeyText[] = [];
  const keysByLease = new Map<bigint, Set<KeyText>>();
  const listeners = new Set<() => void>();
  let log: Commit[] = [];
  let revision = 1n;
  let compacted = 0n;
  let bytes = 0;

  function addVersion(keyText: KeyText, version: Version): void {
    let history = histories.get(keyText);
    if (history === undefined) {
      history = [];
      histories.set(keyText, history);
      sortedKeys.splice(lowerBound(sortedKeys, keyText), 0, keyText);
    }
    history.push(version);
    bytes += versionBytes(keyText, version);
  }

  function current(keyText: KeyText): KeyValue | undefined {
    return histories.get(keyText)?.at(-1)?.kv;
  }

  function moveLease(keyText: KeyText, from: bigint, to: bigint): void {
    if (from === to) {
      return;
    }
    const left = keysByLease.get(from);
    left?.delete(keyText);
    if (left?.size === 0) {
      keysByLease.delete(from);
    }
    if (to !== 0n) {
      const joined = keysByLease.get(to) ?? new Set();
      keysByLease.set(to, joined.add(keyText));
    }
  }

  function* keysIn(interval: KeyInterval): Iterable<KeyText> {
    for (let index = lowerBound(sortedKeys, interval.start); index < sortedKeys.length; index++) {
      const key = sortedKeys[index];
      if (key === undefined || !isInInterval(key, interval)) {
        return;
      }
      yield key;
    }
  }

  function dropHistoryBefore(limit: bigint): void {
    compacted = limit;
    log = log.filter((commit) => commit.revision >= limit);
    let emptied = false;
    for (const [keyText, history] of histories) {
      const lastOld = history.findLastIndex((version) => version.revision <= limit);
      const keepFrom = lastOld >= 0 && history[lastOld]?.kv === undefined ? lastOld + 1 : lastOld;
      if (keepFrom > 0) {
        for (const version of history.splice(0, keepFrom)) {
          bytes -= versionBytes(keyText, version);
        }
      }
      if (history.length === 0) {
        histories.delete(keyText);
        emptied = true;
      }
    }
    if (emptied) {
      sortedKeys = sortedKeys.filter((key) => histories.has(key));
    }
  }

  function notify(): void {
    for (const listener of listeners) {
      listener();
    }
  }

  return {
    revision: () => revision,
    compactedRevision: () => compacted,
    sizeBytes: () => bytes,
    get: current,

    range(interval, at) {
      if (at > revision) {
        throw etcdError("future_revision");
      }
      if (at > 0n && at < compacted) {
        throw etcdError("compacted");
      }
      const found: KeyValue[] = [];
      for (const key of keysIn(interval)) {
        const history = histories.get(key);
        const version = at <= 0n ? history?.at(-1) : history?.findLast((candidate) => candidate.revision <= at);
        if (version?.kv !== undefined) {
          found.push(version.kv);
        }
      }
      return found;
    },

    keysOf: (lease) => [...(keysByLease.get(lease) ?? [])].sort(),

    reserve(wantedBytes, newKeys) {
      const tooMuch = () => bytes + wantedBytes > maxStoreBytes || histories.size + newKeys > maxKeys;
      if (tooMuch() && compacted < revision) {
        dropHistoryBefore(revision);
        notify();
      }
      if (tooMuch()) {
        throw etcdError("no_space");
      }
    },

    commit(cause, change) {
      const next = revision + 1n;
      const events: StoreEvent[] = [];
      const result = change({
        put(key, value, lease) {
          const keyText = keyTextFrom(key);
          const previous = current(keyText);
          const kv = create(KeyValueSchema, {
            key,
            value,
            lease,
            createRevision: previous?.createRevision ?? next,
            modRevision: next,
            version: (previous?.version ?? 0n) + 1n,
          });
          addVersion(keyText, { revision: next, kv });
          moveLease(keyText, previous?.lease ?? 0n, lease);
          events.push({ keyText, key, kv, previous });
          return previous;
        },
        delete(interval) {
          const deleted: KeyValue[] = [];
          for (const keyText of keysIn(interval)) {
            const previous = current(keyText);
            if (previous !== undefined) {
              addVersion(keyText, { revision: next, kv: undefined });
              moveLease(keyText, previous.lease, 0n);
              events.push({ keyText, key: previous.key, kv: undefined, previous });
              deleted.push(previous);
            }
          }
          return deleted;
        },
      });
      if (events.length > 0) {
        revision = next;
        log.push({ revision, cause, events });
        if (log.length > maxHistoryRevisions) {
          dropHistoryBefore(revision - BigInt(maxHistoryRevisions / 2));
        }
        notify();
      }
      return result;
    },

    compact(limit) {
      if (limit > revision) {
        throw etcdError("future_revision");
      }
      if (limit <= compacted) {
        throw etcdError("compacted");
      }
      dropHistoryBefore(limit);
      notify();
    },

    *commitsFrom(from) {
      const kept = log;
      const first = kept[0]?.revision ?? revision + 1n;
      for (let index = Math.max(0, Number(from - first)); index < kept.length; index++) {
        const commit = kept[index];
        if (commit !== undefined) {
          yield commit;
        }
      }
    },

    causeOf(wanted) {
      const first = log[0]?.revision;
      return first === undefined ? undefined : log[Number(wanted - first)]?.cause;
    },

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function versionBytes(keyText: KeyText, version: Version): number {
  return keyText.length + (version.kv?.value.length ?? 0) + versionOverheadBytes;
}

/** Index of the first key that is not before `key`. */
function lowerBound(keys: readonly KeyText[], key: KeyText): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? "") < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
