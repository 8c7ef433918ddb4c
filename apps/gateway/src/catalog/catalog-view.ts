import type { Instance } from "./instance.ts";

/** What routing and schemas need of the catalog. `catalog.ts` implements it. */
export interface CatalogView {
  /** Instances that may be called for a service: not evicted, (service, protocol, address) only once. Failing ones come last. */
  instancesFor(service: string): readonly Instance[];
  /** One instance by id, evicted ones included: then `evicted` is true. */
  byId(id: string): { readonly instance: Instance; readonly evicted: boolean } | undefined;
  /** All live instances. */
  all(): readonly Instance[];
  /** Full names of all services that can be routed, sorted. */
  services(): readonly string[];
  /** Called after each change; returns the way to stop. */
  onChange(listener: () => void): () => void;
  /** What calls and checks saw of an instance; a failed one is demoted until it answers again. */
  report(instanceId: string, observation: { readonly kind: "reached" } | { readonly kind: "unreachable"; readonly reason: string }): void;
}
