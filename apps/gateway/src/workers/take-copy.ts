import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import type { CatalogView } from "../catalog/catalog-view.ts";
import type { Clock } from "../catalog/clock.ts";
import type { Instance } from "../catalog/instance.ts";
import { changeBetween } from "../catalog/instance-change.ts";
import { createInstanceHealthBook, type EjectionLimits } from "../catalog/instance-health.ts";
import { createServiceIndex, type ServiceIndex } from "../catalog/service-index.ts";
import type { SchemaStore } from "../schema/schema-store.ts";
import { createStoredSchema, type StoredSchema } from "../schema/stored-schema.ts";
import type { CopyChange } from "./messages.ts";

/** A worker's copy of the lead's catalog, with a book of its own of what calls saw. */
export interface CatalogCopy extends CatalogView {
  take(change: CopyChange): void;
}

/** What a copy needs. */
export interface CatalogCopyOptions {
  readonly clock: Clock;
  readonly ejection: EjectionLimits;
  /** Told of each instance that is left out from now on. */
  readonly onFailed: (instanceId: string) => void;
}

/** An empty copy. */
export function createCatalogCopy(options: CatalogCopyOptions): CatalogCopy {
  const health = createInstanceHealthBook(options.clock, options.ejection);
  const instances = new Map<string, Instance>();
  const listeners = new Set<() => void>();
  let ordered: readonly Instance[] = [];
  let index: ServiceIndex = createServiceIndex([]);

  return {
    take({ put, gone, sources }) {
      for (const id of gone) {
        instances.delete(id);
        health.forget(id);
      }
      for (const instance of put) {
        const before = instances.get(instance.id);
        if (before !== undefined && changeBetween(before, instance) !== undefined) health.forget(instance.id);
        instances.set(instance.id, instance);
      }
      const places = new Map(sources.map((source, at) => [source, at]));
      const placeOf = ({ source }: Instance): number => places.get(source) ?? sources.length;
      ordered = [...instances.values()].sort((a, b) => placeOf(a) - placeOf(b) || (a.id < b.id ? -1 : 1));
      index = createServiceIndex(ordered);
      for (const listener of listeners) listener();
    },
    instancesFor(service) {
      const found = index.instancesFor(service);
      return found.some(({ id }) => health.isDemoted(id))
        ? found.toSorted((left, right) => Number(health.isDemoted(left.id)) - Number(health.isDemoted(right.id)))
        : found;
    },
    byId(id) {
      const instance = instances.get(id);
      return instance === undefined ? undefined : { instance, evicted: false };
    },
    all: () => ordered,
    services: () => index.services,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isDemoted: (id) => health.isDemoted(id),
    chosen: (id) => health.chosen(id),
    report(instanceId, observation) {
      if (!instances.has(instanceId)) return;
      const change = health.observe(instanceId, observation, (service) => index.instancesFor(service).map(({ id }) => id));
      if (change?.kind === "health-failed") options.onFailed(instanceId);
    },
  };
}

/** Puts the schemas of copies into a store. Answers what is to be called with each change. */
export function takeSchemasInto(store: Pick<SchemaStore, "replaceLearned" | "setConfigured">): (change: CopyChange) => void {
  let schemas = new Map<string, StoredSchema>();
  let configured: readonly StoredSchema[] = [];
  return (change) => {
    for (const [id, files] of change.schemas) {
      const { file } = fromBinary(FileDescriptorSetSchema, files);
      schemas.set(id, createStoredSchema(file.map((each) => ({ file: each, provenance: Provenance.REFLECTION_V1 }))));
    }
    const known = new Map(change.known.flatMap(([group, id]) => pair(group, schemas.get(id))));
    const nowConfigured = change.configured.flatMap((id) => schemas.get(id) ?? []);
    schemas = new Map([...schemas].filter(([, schema]) => nowConfigured.includes(schema) || [...known.values()].includes(schema)));
    if (nowConfigured.length !== configured.length || nowConfigured.some((schema, at) => schema !== configured[at])) {
      configured = nowConfigured;
      store.setConfigured(configured);
    }
    store.replaceLearned(known);
  };
}

function pair(group: string, schema: StoredSchema | undefined): [string, StoredSchema][] {
  return schema === undefined ? [] : [[group, schema]];
}
