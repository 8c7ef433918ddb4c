import type { Instance } from "./instance.ts";

/** Who has which service, for routing. */
export interface ServiceIndex {
  /** Instances for a service in order, (service, protocol, address) only once. Patterns ending in `.*` count, `*` only when nobody else has it. */
  instancesFor(service: string): readonly Instance[];
  /** Full names that somebody has, sorted; patterns are not names. */
  readonly services: readonly string[];
}

/** Builds the index from instances in order of preference. */
export function createServiceIndex(instances: readonly Instance[]): ServiceIndex {
  const exact = new Map<string, Instance[]>();
  const byPrefix: { readonly prefix: string; readonly instance: Instance }[] = [];
  const forAll: Instance[] = [];
  for (const instance of instances) {
    for (const service of instance.services ?? []) {
      if (service === "*") {
        forAll.push(instance);
      } else if (service.endsWith(".*")) {
        byPrefix.push({ prefix: service.slice(0, -1), instance });
      } else {
        exact.set(service, [...(exact.get(service) ?? []), instance]);
      }
    }
  }
  for (const [service, found] of exact) {
    exact.set(service, onceEach([...found, ...prefixMatches(service)]));
  }

  function prefixMatches(service: string): Instance[] {
    return byPrefix.filter(({ prefix }) => service.startsWith(prefix)).map(({ instance }) => instance);
  }

  return {
    instancesFor(service) {
      const known = exact.get(service);
      if (known !== undefined) {
        return known;
      }
      const matches = prefixMatches(service);
      return onceEach(matches.length > 0 ? matches : forAll);
    },
    services: [...exact.keys()].sort(),
  };
}

function onceEach(instances: readonly Instance[]): Instance[] {
  const seen = new Set<string>();
  return instances.filter(({ protocol, address }) => {
    const key = `${protocol} ${address}`;
    return !seen.has(key) && seen.add(key);
  });
}
