import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  CatalogEvent_Kind as EventKind,
  Instance_Health,
  type Catalog,
  type CatalogEvent,
  type Instance,
} from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import type { LampState } from "#ui/lamp.tsx";
import { instanceStates, type InstanceState, type RegistrySearch } from "./registry-search.ts";

/** "Changed" shows what had an event in this time. */
export const changedWithinMs = 600_000;

/** A head of the table and the rows below it. */
export interface Group {
  readonly key: string;
  /** A service, or a source, or "" where nothing groups. */
  readonly name: string;
  readonly kind: "service" | "registered" | "source" | "none";
  readonly instances: readonly Instance[];
}

/** One line of a facet: a value and how many instances have it. */
export interface Facet {
  readonly value: string;
  readonly count: number;
}

/** How an instance is, in one word. */
export function stateOf(instance: Instance): InstanceState {
  switch (instance.health) {
    case Instance_Health.FAILING:
      return "failing";
    case Instance_Health.LAST_KNOWN:
      return "last known";
    case Instance_Health.EVICTED:
      return "evicted";
    default:
      return "healthy";
  }
}

/** The lamp of a state. */
export const stateLamps: Record<InstanceState, LampState> = { healthy: "ok", failing: "error", "last known": "unknown", evicted: "off" };

/** The instances a search leaves, in the order of the catalog. `nowMs` is the time that "changed" counts from. */
export function findInstances(catalog: Catalog, search: RegistrySearch, nowMs: number): Instance[] {
  const words = (search.q ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const changed =
    search.show === "changed"
      ? new Set(catalog.events.filter((event) => nowMs - atMs(event) < changedWithinMs).map((event) => event.instanceId))
      : undefined;
  return catalog.instances.filter((instance) => {
    if (search.service !== undefined && !namesOf(instance).includes(search.service)) return false;
    if (search.state !== undefined && stateOf(instance) !== search.state) return false;
    if (search.source !== undefined && instance.source !== search.source) return false;
    if (search.speaks !== undefined && instance.protocolName !== search.speaks) return false;
    if (search.show === "problems" && stateOf(instance) === "healthy" && instance.schemaProblem === "") return false;
    if (changed && !changed.has(instance.id)) return false;
    if (words.length === 0) return true;
    const hay = [instance.id, instance.label, instance.address, instance.registeredAs, ...Object.entries(instance.metadata).flat()]
      .join("\n")
      .toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

/** Rows under their heads. An instance stands under each service it has; evicted ones come last in their group. */
export function groupInstances(
  instances: readonly Instance[],
  by: "service" | "source" | "none",
  onlyService: string | undefined,
): Group[] {
  const ordered = instances.toSorted(
    (a, b) => Number(stateOf(a) === "evicted") - Number(stateOf(b) === "evicted") || byName(a.label, b.label),
  );
  if (by === "none") return ordered.length === 0 ? [] : [{ key: "all", name: "", kind: "none", instances: ordered }];
  const groups = new Map<string, { name: string; kind: Group["kind"]; instances: Instance[] }>();
  for (const instance of ordered) {
    const kind = by === "source" ? "source" : instance.services.length > 0 ? "service" : "registered";
    const names =
      by === "source" ? [instance.source] : namesOf(instance).filter((name) => onlyService === undefined || name === onlyService);
    for (const name of names) {
      const key = `${kind} ${name}`;
      const group = groups.get(key) ?? { name, kind, instances: [] };
      group.instances.push(instance);
      groups.set(key, group);
    }
  }
  return [...groups]
    .map(([key, group]) => ({ key, ...group }))
    .toSorted((a, b) => Number(isInfrastructure(a.name)) - Number(isInfrastructure(b.name)) || byName(a.name, b.name));
}

/** Values of a property with how many instances have each, in the order of `order` or else by name. */
export function facetOf(
  instances: readonly Instance[],
  valueOf: (instance: Instance) => readonly string[],
  order?: readonly string[],
): Facet[] {
  const counts = new Map<string, number>((order ?? []).map((value) => [value, 0]));
  for (const instance of instances) for (const value of valueOf(instance)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const facets = [...counts].map(([value, count]) => ({ value, count }));
  return order
    ? facets
    : facets.toSorted((a, b) => Number(isInfrastructure(a.value)) - Number(isInfrastructure(b.value)) || byName(a.value, b.value));
}

/** State facet with every state, counted. */
export function stateFacet(instances: readonly Instance[]): Facet[] {
  return facetOf(instances, (instance) => [stateOf(instance)], instanceStates);
}

/** The services of an instance, or the name it registered under where they are not known. */
export function namesOf(instance: Instance): readonly string[] {
  return instance.services.length > 0 ? instance.services : [instance.registeredAs];
}

/** True for services that serve other programs: folded at first, and last. */
export function isInfrastructure(service: string): boolean {
  return /^(grpc\.|rpcdeck\.v\d|etcdserverpb\.|google\.)/.test(service);
}

/** "3 healthy", "2 of 3 healthy", "2 last known"; evicted ones do not count. */
export function healthText(instances: readonly Instance[]): string {
  const alive = instances.filter((instance) => stateOf(instance) !== "evicted");
  const healthy = alive.filter((instance) => stateOf(instance) === "healthy").length;
  const known = alive.filter((instance) => stateOf(instance) === "last known").length;
  if (alive.length === 0) return "none left";
  if (healthy === alive.length) return `${healthy} healthy`;
  if (known === alive.length) return `${known} last known`;
  return `${healthy} of ${alive.length} healthy`;
}

/** How an event looks: its words, and whether it is a problem. */
export function eventLook(kind: EventKind): { lamp: LampState; words: string; problem: boolean } {
  switch (kind) {
    case EventKind.REGISTERED:
      return { lamp: "ok", words: "registered", problem: false };
    case EventKind.CHANGED:
      return { lamp: "live", words: "changed", problem: false };
    case EventKind.DEREGISTERED:
      return { lamp: "off", words: "deregistered", problem: false };
    case EventKind.LEASE_EXPIRED:
      return { lamp: "warn", words: "lease expired", problem: true };
    case EventKind.HEALTH_FAILED:
      return { lamp: "error", words: "health failed", problem: true };
    case EventKind.RECOVERED:
      return { lamp: "ok", words: "recovered", problem: false };
    case EventKind.SOURCE_STALE:
      return { lamp: "warn", words: "source stale", problem: true };
    case EventKind.SOURCE_OK:
      return { lamp: "ok", words: "source ok", problem: false };
    default:
      return { lamp: "unknown", words: "event", problem: false };
  }
}

/** When an event was, in `Date.now()` milliseconds; 0 where it does not say. */
export function atMs(event: CatalogEvent): number {
  return event.at ? timestampMs(event.at) : 0;
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
