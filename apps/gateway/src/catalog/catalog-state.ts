import type { CatalogEvent } from "./event-log.ts";
import type { Instance } from "./instance.ts";
import type { CatalogSource, SourceStatus } from "./source.ts";

/** How well an instance is. */
export type InstanceHealth =
  | { readonly kind: "healthy" }
  | { readonly kind: "failing"; readonly reason: string; readonly atMs: number }
  /** Its source is away. */
  | { readonly kind: "last-known" }
  | { readonly kind: "evicted"; readonly reason: string; readonly wallMs: number };

/** An instance with what the catalog knows about it. */
export interface CatalogEntry {
  /** With `services` filled in when they are known. */
  readonly instance: Instance;
  readonly health: InstanceHealth;
  /** Time of day in milliseconds since 1970. */
  readonly firstSeenMs: number;
  /** Which schema its services have; undefined when not known. */
  readonly schemaId: string | undefined;
  /** Why its schema is not known, in one line. */
  readonly schemaProblem: string | undefined;
}

/** A source with how well it is. Times are times of day in milliseconds since 1970. */
export interface SourceState {
  readonly source: CatalogSource;
  readonly status: SourceStatus;
  readonly revision: bigint;
  readonly unread: number;
  readonly changedMs: number | undefined;
  readonly seenMs: number | undefined;
  readonly nextTryMs: number | undefined;
}

/** Everything the catalog knows, for showing. */
export interface CatalogState {
  readonly sources: readonly SourceState[];
  /** Live ones and those evicted in the last ten minutes, in the order of their sources. */
  readonly entries: readonly CatalogEntry[];
  readonly events: readonly CatalogEvent[];
}

/** What the schema store learned about an instance. */
export interface LearnedSchema {
  /** Full names of its services; undefined when they could not be learned. */
  readonly services: readonly string[] | undefined;
  readonly schemaId: string | undefined;
  /** Why not, in one line. */
  readonly problem: string | undefined;
}
