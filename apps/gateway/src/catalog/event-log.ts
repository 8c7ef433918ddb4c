/** Events that are kept; older ones are dropped. */
export const maxCatalogEvents = 500;

/** What kind of thing happened in the catalog. */
export type CatalogEventKind =
  | "registered"
  | "changed"
  | "deregistered"
  | "lease-expired"
  | "health-failed"
  | "recovered"
  | "source-stale"
  | "source-ok";

/** Something that happened in the catalog. */
export interface CatalogEvent {
  /** Counts up from 1. */
  readonly seq: bigint;
  /** Time of day in milliseconds since 1970. */
  readonly atMs: number;
  readonly kind: CatalogEventKind;
  readonly source: string;
  /** "" for events of a source. */
  readonly instanceId: string;
  readonly registeredAs: string;
  /** One line. */
  readonly detail: string;
}

/** The newest events. */
export interface EventLog {
  add(event: Omit<CatalogEvent, "seq" | "atMs">): void;
  /** Oldest first. */
  list(): readonly CatalogEvent[];
}

/** An empty log. `wallMs` tells the time of day. */
export function createEventLog(wallMs: () => number): EventLog {
  let events: CatalogEvent[] = [];
  let seq = 0n;
  return {
    add(event) {
      seq++;
      events.push({ ...event, seq, atMs: wallMs() });
      if (events.length >= 2 * maxCatalogEvents) {
        events = events.slice(-maxCatalogEvents);
      }
    },
    list: () => events.slice(-maxCatalogEvents),
  };
}
