import type { Instance } from "./instance.ts";

/** A place where instances come from. One file per kind under `sources/`. */
export interface CatalogSource {
  /** Unique among the configured ones: "gateway", "static", "embedded", "etcd", "etcd-2". */
  readonly name: string;
  readonly kind: string;
  /** Addresses to show, never with credentials. */
  readonly addresses: readonly string[];
  /**
   * Full snapshots: the first as soon as it is known, then one after each change. Never ends and never throws while `signal` is not aborted:
   * it retries with a backoff of its own and reports through `onStatus`. Values only; the catalog keeps the last one.
   */
  watch(signal: AbortSignal, onSnapshot: (snapshot: SourceSnapshot) => void, onStatus: (status: SourceStatus) => void): void;
  /** Time left of leases in milliseconds, negative when gone. Only sources with leases have it. */
  readonly leasesLeft?: (
    leaseIds: readonly bigint[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<bigint, { leftMs: number; grantedMs: number }>>;
}

/** Everything a source knows at one moment. */
export interface SourceSnapshot {
  readonly instances: readonly Instance[];
  readonly revision: bigint;
  /** Why instances of the previous snapshot are gone, by id; where the source can tell. */
  readonly removals: ReadonlyMap<string, "deregistered" | "lease-expired">;
  /** How many records no convention could read; 0 where there are no records. */
  readonly unread: number;
}

/** How well a source is. */
export type SourceStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "ok" }
  | { readonly kind: "stale"; readonly problem: string; readonly nextTryInMs: number };
