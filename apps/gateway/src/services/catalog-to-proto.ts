import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Catalog as CatalogMessage,
  CatalogEvent_Kind as EventKind,
  CatalogEventSchema,
  CatalogSchema,
  Instance_Health as Health,
  type Instance as InstanceMessage,
  InstanceSchema,
  Protocol,
  type Service as ServiceMessage,
  ServiceSchema,
  type Source as SourceMessage,
  Source_State as State,
  SourceSchema,
} from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import type { CatalogEntry, CatalogState, InstanceHealth, SourceState } from "../catalog/catalog-state.ts";
import type { CatalogEvent, CatalogEventKind } from "../catalog/event-log.ts";
import type { InstanceProtocol, InstanceTls } from "../catalog/instance.ts";

/** What the catalog itself does not know. */
export interface CatalogToProtoOptions {
  /** The demo process that listens at an address; undefined for other people's. */
  readonly fleetProcessAt?: ((address: string) => string | undefined) | undefined;
  /**
   * The id of what one service of a schema looks like, so that instances whose schemas differ elsewhere count as agreeing. Default: the
   * schema's own id.
   */
  readonly closureId?: ((schemaId: string, service: string) => string) | undefined;
}

/** The catalog as the page gets it. */
export function catalogToProto(state: CatalogState, options: CatalogToProtoOptions = {}): CatalogMessage {
  return create(CatalogSchema, {
    sources: state.sources.map(toSource),
    instances: state.entries.map((entry) => toInstance(entry, options)),
    services: toServices(state.entries, options.closureId ?? ((schemaId) => schemaId)),
    events: state.events.map(toEvent),
  });
}

function toSource({ source, status, revision, changedMs, seenMs, nextTryMs }: SourceState): SourceMessage {
  return create(SourceSchema, {
    name: source.name,
    kind: source.kind,
    state: states[status.kind],
    addresses: [...source.addresses],
    revision,
    problem: status.kind === "stale" ? status.problem : "",
    ...(changedMs === undefined ? {} : { changedAt: timestampFromMs(changedMs) }),
    ...(seenMs === undefined ? {} : { seenAt: timestampFromMs(seenMs) }),
    ...(nextTryMs === undefined ? {} : { nextTryAt: timestampFromMs(nextTryMs) }),
  });
}

function toInstance(
  { instance, health, firstSeenMs, schemaId, schemaProblem }: CatalogEntry,
  options: CatalogToProtoOptions,
): InstanceMessage {
  const { lease, raw } = instance;
  return create(InstanceSchema, {
    id: instance.id,
    label: instance.label,
    source: instance.source,
    registeredAs: instance.registeredAs,
    services: [...(instance.services ?? [])],
    servicesKnown: instance.services !== undefined,
    protocol: protocols[instance.protocol],
    protocolName: instance.protocolName,
    address: instance.address,
    tls: tlsText(instance.tls),
    health: healths[health.kind],
    problem: problemOf(health),
    schemaId: schemaId ?? "",
    schemaProblem: schemaProblem ?? "",
    weight: instance.weight,
    metadata: { ...(instance.version === "" ? {} : { version: instance.version }), ...instance.labels },
    firstSeenAt: timestampFromMs(firstSeenMs),
    fleetProcess: health.kind === "evicted" ? "" : (options.fleetProcessAt?.(instance.address) ?? ""),
    ...(health.kind === "evicted" ? { evictedAt: timestampFromMs(health.wallMs) } : {}),
    ...(lease === undefined
      ? {}
      : { lease: { id: lease.id, ...(lease.grantedMs === undefined ? {} : { granted: durationFromMs(lease.grantedMs) }) } }),
    ...(raw === undefined
      ? {}
      : {
          raw: {
            key: raw.key,
            value: raw.value,
            createRevision: raw.createRevision,
            modRevision: raw.modRevision,
            version: raw.version,
            convention: raw.convention,
          },
        }),
  });
}

/** Services by name, with the schema most instances have; of equally frequent ones the first seen. */
function toServices(entries: readonly CatalogEntry[], closureId: (schemaId: string, service: string) => string): ServiceMessage[] {
  const byName = new Map<string, CatalogEntry[]>();
  for (const entry of entries) {
    const names = entry.health.kind === "evicted" ? [] : (entry.instance.services ?? []);
    for (const name of names.filter((service) => !service.endsWith("*"))) {
      byName.set(name, [...(byName.get(name) ?? []), entry]);
    }
  }
  return [...byName]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, having]) => {
      const [schemaId = "", ...otherSchemaIds] = schemasByFrequency(having, (id) => closureId(id, name));
      return create(ServiceSchema, { name, instanceIds: having.map(({ instance }) => instance.id), schemaId, otherSchemaIds });
    });
}

/** One schema of each look, the most frequent look first. */
function schemasByFrequency(entries: readonly CatalogEntry[], lookOf: (schemaId: string) => string): string[] {
  const looks = new Map<string, { readonly schemaId: string; count: number }>();
  for (const { schemaId } of entries) {
    if (schemaId !== undefined) {
      const look = lookOf(schemaId);
      const known = looks.get(look);
      if (known === undefined) {
        looks.set(look, { schemaId, count: 1 });
      } else {
        known.count++;
      }
    }
  }
  return [...looks.values()].toSorted((a, b) => b.count - a.count).map(({ schemaId }) => schemaId);
}

function toEvent(event: CatalogEvent) {
  return create(CatalogEventSchema, {
    seq: event.seq,
    at: timestampFromMs(event.atMs),
    kind: eventKinds[event.kind],
    source: event.source,
    instanceId: event.instanceId,
    registeredAs: event.registeredAs,
    detail: event.detail,
  });
}

function problemOf(health: InstanceHealth): string {
  return health.kind === "failing" || health.kind === "evicted" ? health.reason : "";
}

function tlsText(tls: InstanceTls): string {
  return tls.kind === "plaintext" ? "" : tls.verify ? "verified" : "skip-verify";
}

const states = { connecting: State.CONNECTING, ok: State.OK, stale: State.STALE } as const;

const protocols: Readonly<Record<InstanceProtocol, Protocol>> = {
  local: Protocol.LOCAL,
  grpc: Protocol.GRPC,
  connect: Protocol.CONNECT,
  "grpc-web": Protocol.GRPC_WEB,
  other: Protocol.OTHER,
};

const healths: Readonly<Record<InstanceHealth["kind"], Health>> = {
  healthy: Health.HEALTHY,
  failing: Health.FAILING,
  "last-known": Health.LAST_KNOWN,
  evicted: Health.EVICTED,
};

const eventKinds: Readonly<Record<CatalogEventKind, EventKind>> = {
  registered: EventKind.REGISTERED,
  changed: EventKind.CHANGED,
  deregistered: EventKind.DEREGISTERED,
  "lease-expired": EventKind.LEASE_EXPIRED,
  "health-failed": EventKind.HEALTH_FAILED,
  recovered: EventKind.RECOVERED,
  "source-stale": EventKind.SOURCE_STALE,
  "source-ok": EventKind.SOURCE_OK,
};
