import type { CatalogView } from "../catalog/catalog-view.ts";
import type { ReflectedSchema, ReflectionLookup } from "@rpcdeck/services";
import type { SchemaStore } from "./schema-store.ts";
import { closureOf, type StoredSchema } from "./stored-schema.ts";

/** What reflection shows: the gateway's own services and everything that can be routed. */
export interface RoutableSchemas extends ReflectionLookup {
  close(): void;
}

/**
 * Looks up, for each routable service, the schema that most of its instances have; without one, what the configured schemas say. `own`
 * services come from the built-in schema whoever else has them (decision 15).
 */
export function createRoutableSchemas(catalog: CatalogView, store: SchemaStore, own: readonly string[]): RoutableSchemas {
  let current: readonly ReflectedSchema[] = [];
  let state = "";
  let isStale = true;
  const touch = (): void => {
    isStale = true;
  };
  const stops = [catalog.onChange(touch), store.onChange(touch)];

  function refresh(): void {
    const bySchema = new Map<StoredSchema | undefined, string[]>([[store.builtIn, [...own]]]);
    for (const service of catalog.services()) {
      if (own.includes(service)) continue;
      const schema = schemaOf(service);
      const services = bySchema.get(schema);
      if (services === undefined) bySchema.set(schema, [service]);
      else services.push(service);
    }
    const next = JSON.stringify([...bySchema].map(([schema, services]) => [schema?.id, services]));
    if (next === state) return;
    state = next;
    current = [...bySchema].map(([schema, services]) => ({
      id: schema?.id ?? "",
      services,
      files: schema === undefined ? [] : closureOf(schema, services),
    }));
  }

  function schemaOf(service: string): StoredSchema | undefined {
    const votes = new Map<StoredSchema, number>();
    for (const instance of catalog.instancesFor(service)) {
      const of = store.known(instance);
      if (of?.kind === "known" && of.schema.registry.getService(service) !== undefined)
        votes.set(of.schema, (votes.get(of.schema) ?? 0) + 1);
    }
    let best: StoredSchema | undefined;
    for (const [schema, count] of votes) if (best === undefined || count > (votes.get(best) ?? 0)) best = schema;
    return best ?? store.configured.find((schema) => schema.services.includes(service));
  }

  return {
    schemas() {
      if (isStale) {
        isStale = false;
        refresh();
      }
      return current;
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}
