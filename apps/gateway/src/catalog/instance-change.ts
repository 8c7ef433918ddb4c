import type { Instance } from "./instance.ts";

/** What changed between two records of an instance in one line; undefined when it is nothing that matters to a call. */
export function changeBetween(before: Instance, after: Instance): string | undefined {
  const differences = (["address", "protocolName", "version", "weight", "registeredAs"] as const)
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} ${before[name]} -> ${after[name]}`);
  if (JSON.stringify(before.tls) !== JSON.stringify(after.tls)) {
    differences.push("tls");
  }
  return differences.length === 0 ? undefined : differences.join(", ");
}
