// Registries as sources of the catalog: the embedded one and those of --registry.
import type { CatalogSource } from "./catalog/source.ts";
import { createEtcdSource } from "./catalog/sources/etcd.ts";
import { memoryEndpoint, networkEndpoint } from "./catalog/sources/etcd-session.ts";
import { createFileSource } from "./catalog/sources/file.ts";
import type { RegistryConfig } from "./config/registries.ts";
import type { EmbeddedEtcd } from "./services/etcd/embedded-etcd.ts";

/** Instances registered in the embedded registry, read as from a real cluster; it alone can say why a key went. */
export function embeddedSource(etcd: EmbeddedEtcd): CatalogSource {
  return createEtcdSource({
    name: "embedded",
    kind: "embedded",
    endpoints: [memoryEndpoint(etcd.routes)],
    causeOf(revision) {
      const cause = etcd.store.causeOf(revision);
      return cause === undefined || cause === "lease-expired" ? cause : "deregistered";
    },
  });
}

/** Instances of a configured registry. */
export function configuredSource(registry: RegistryConfig): CatalogSource {
  if (registry.kind === "file") return createFileSource(registry);
  const { name, endpoints, prefix, access } = registry;
  return createEtcdSource({ name, kind: "etcd", endpoints: endpoints.map((url) => networkEndpoint(url, access)), prefix });
}
