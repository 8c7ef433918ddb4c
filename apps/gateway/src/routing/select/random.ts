import type { Select } from "./select.ts";

/** Any of them, each with the same chance. `random` gives numbers from 0 to below 1. */
export function createRandomSelect(random: () => number = Math.random): Select {
  return { name: "random", choose: (instances) => instances[Math.floor(random() * instances.length)] };
}
