import type { Select } from "./select.ts";

/** Services whose turn is remembered; the one not called for longest is forgotten first. */
const maxServices = 4096;

/** One after the other, each service for itself. Instances that come and go shift the turn but starve nobody. */
export function createRoundRobinSelect(): Select {
  const turns = new Map<string, number>();
  return {
    name: "round-robin",
    choose(instances, service) {
      const turn = turns.get(service) ?? 0;
      turns.delete(service);
      turns.set(service, (turn + 1) % Number.MAX_SAFE_INTEGER);
      if (turns.size > maxServices) turns.delete(turns.keys().next().value ?? "");
      return instances[turn % instances.length];
    },
  };
}
