import type { Instance } from "./instance.ts";

/** Equal for instances that are taken to have the same schema, so that one of them is asked for all: (source, registered name, version). */
export function groupOf({ source, registeredAs, version }: Instance): string {
  return JSON.stringify([source, registeredAs, version]);
}
