import type { Instance } from "./instance.ts";

const known = new WeakMap<Instance, string>();

/** Equal for instances that are taken to have the same schema, so that one of them is asked for all: (source, registered name, version). */
export function groupOf(instance: Instance): string {
  let group = known.get(instance);
  if (group === undefined) {
    group = JSON.stringify([instance.source, instance.registeredAs, instance.version]);
    known.set(instance, group);
  }
  return group;
}
