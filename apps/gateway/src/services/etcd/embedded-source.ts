import { createEtcdSource } from "../../catalog/sources/etcd.ts";
import { memoryEndpoint } from "../../catalog/sources/etcd-session.ts";
import type { CatalogSource } from "../../catalog/source.ts";
import type { Clock } from "../../catalog/clock.ts";
import type { EmbeddedEtcd } from "./embedded-etcd.ts";

/** Name of the embedded registry's source. */
export const embeddedSourceName = "embedded";

/** The embedded registry as a source: the same code that reads a real cluster, in memory. It knows why keys went away. */
export function createEmbeddedSource(etcd: EmbeddedEtcd, clock?: Clock): CatalogSource {
  return createEtcdSource({
    name: embeddedSourceName,
    kind: "embedded",
    endpoints: [memoryEndpoint(etcd.routes)],
    causeOf(revision) {
      const cause = etcd.store.causeOf(revision);
      return cause === undefined ? undefined : cause === "lease-expired" ? "lease-expired" : "deregistered";
    },
    ...(clock === undefined ? {} : { clock }),
  });
}
