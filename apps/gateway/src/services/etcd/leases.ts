import { randomBytes } from "node:crypto";
import type { Clock } from "../../catalog/clock.ts";
import { etcdError } from "./faults.ts";
import { keyIntervalFrom, type KeyText } from "./key-interval.ts";
import { maxLeases, maxLeaseTtlSeconds, minLeaseTtlSeconds } from "./limits.ts";
import type { CommitCause, Store } from "./store.ts";

/** Leases of a store: when one ends, its keys are deleted in one revision. */
export interface Leases {
  /** Makes a lease of at least 2 s; id 0n has one chosen. Throws when the id is taken or the time too long. */
  grant(ttlSeconds: bigint, id: bigint): { readonly id: bigint; readonly ttlSeconds: bigint };
  /** Ends a lease and deletes its keys; throws when there is none. */
  revoke(id: bigint): void;
  /** Starts a lease's time anew and answers it in seconds; 0n when there is none. */
  keepAlive(id: bigint): bigint;
  /** What a lease has left in whole seconds and what it was granted; undefined when there is none. */
  timeToLive(id: bigint): { readonly leftSeconds: bigint; readonly grantedSeconds: bigint } | undefined;
  has(id: bigint): boolean;
  /** All ids, the one that ends first in front. */
  ids(): readonly bigint[];
  /** Stops the expiry timer; leases no longer end. */
  close(): void;
}

interface Lease {
  readonly ttlSeconds: bigint;
  endsAtMs: number;
}

/** No leases yet. `clock` decides when they end. */
export function createLeases(store: Store, clock: Clock): Leases {
  const leases = new Map<bigint, Lease>();
  let alarm: { readonly atMs: number; readonly cancel: () => void } | undefined;
  let closed = false;

  function end(id: bigint, cause: CommitCause): void {
    leases.delete(id);
    const keys = store.keysOf(id);
    store.commit(cause, (transaction) => {
      for (const key of keys) {
        transaction.delete(keyIntervalFrom(bytesOf(key), noBytes));
      }
    });
  }

  /** Sets the alarm for a lease that ends at `atMs`, unless an earlier one is set: that one looks again. */
  function wakeAt(atMs: number): void {
    if (closed || (alarm !== undefined && alarm.atMs <= atMs)) {
      return;
    }
    alarm?.cancel();
    alarm = { atMs, cancel: clock.after(Math.max(0, atMs - clock.nowMs()), expire) };
  }

  function expire(): void {
    alarm = undefined;
    const nowMs = clock.nowMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [id, lease] of leases) {
      if (lease.endsAtMs <= nowMs) {
        end(id, "lease-expired");
      } else {
        nextMs = Math.min(nextMs, lease.endsAtMs);
      }
    }
    if (nextMs !== Number.POSITIVE_INFINITY) {
      wakeAt(nextMs);
    }
  }

  return {
    grant(wantedSeconds, wantedId) {
      if (wantedSeconds > maxLeaseTtlSeconds) {
        throw etcdError("lease_ttl_too_large");
      }
      if (wantedId !== 0n && leases.has(wantedId)) {
        throw etcdError("lease_exists");
      }
      if (leases.size >= maxLeases) {
        throw etcdError("too_many_requests");
      }
      const id = wantedId === 0n ? freeId(leases) : wantedId;
      const ttlSeconds = wantedSeconds < minLeaseTtlSeconds ? minLeaseTtlSeconds : wantedSeconds;
      const endsAtMs = clock.nowMs() + Number(ttlSeconds) * 1000;
      leases.set(id, { ttlSeconds, endsAtMs });
      wakeAt(endsAtMs);
      return { id, ttlSeconds };
    },

    revoke(id) {
      if (!leases.has(id)) {
        throw etcdError("lease_not_found");
      }
      end(id, "lease-revoked");
    },

    keepAlive(id) {
      const lease = leases.get(id);
      if (lease === undefined) {
        return 0n;
      }
      lease.endsAtMs = clock.nowMs() + Number(lease.ttlSeconds) * 1000;
      return lease.ttlSeconds;
    },

    timeToLive(id) {
      const lease = leases.get(id);
      if (lease === undefined) {
        return undefined;
      }
      const leftMs = Math.max(0, lease.endsAtMs - clock.nowMs());
      return { leftSeconds: BigInt(Math.floor(leftMs / 1000)), grantedSeconds: lease.ttlSeconds };
    },

    has: (id) => leases.has(id),
    ids: () => [...leases].sort(([, a], [, b]) => a.endsAtMs - b.endsAtMs).map(([id]) => id),

    close() {
      closed = true;
      alarm?.cancel();
      alarm = undefined;
    },
  };
}

const noBytes = new Uint8Array();

function bytesOf(key: KeyText): Uint8Array {
  return Buffer.from(key, "latin1");
}

/** A free positive 63-bit id. */
function freeId(leases: ReadonlyMap<bigint, unknown>): bigint {
  for (;;) {
    const id = BigInt.asUintN(63, randomBytes(8).readBigUInt64BE());
    if (id !== 0n && !leases.has(id)) {
      return id;
    }
  }
}
