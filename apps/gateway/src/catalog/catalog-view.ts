import type { Instance } from "./instance.ts";
import type { Observation } from "./instance-health.ts";

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
  /** True while other instances are preferred. Demotion never removes one: where all are demoted all are tried. */
  isDemoted(instanceId: string): boolean;
  /** A call goes to the instance: a failing one whose time is over is tried by one call at a time. */
  chosen(instanceId: string): void;
  /** What calls and checks saw of an instance. */
  report(instanceId: string, observation: Observation): void;
}
