import type { Convention } from "../convention.ts";
import type { Instance, InstanceProtocol, RawRecord } from "../instance.ts";
import { registeredAddress } from "./registered-address.ts";

/** Metadata entries shown of one record. */
const maxLabels = 64;

/**
 * Records of etcd's own gRPC naming (clientv3/naming/endpoints): any key with the value `{"Op":0,"Addr":"host:port","Metadata":...}`.
 * The key up to its last slash is the name; they have no root of their own. In Metadata, `rpcdeck.protocol` ("grpc", "connect", "grpc-web")
 * says how to speak, `rpcdeck.tls` ("verified") that it is over TLS; `version` and `weight` are understood, all else is shown.
 */
export const grpcNaming: Convention = {
  name: "grpc-naming",
  detect: (record) => (endpointOf(record) === undefined ? 0 : 1),
  toInstances(record, source) {
    const endpoint = endpointOf(record);
    const address = registeredAddress(endpoint?.address ?? "");
    if (endpoint === undefined || address === undefined) {
      return [];
    }
    const labels = labelsOf(endpoint.metadata);
    const slash = record.key.lastIndexOf("/");
    const [protocol, protocolName] =
      protocols[labels["rpcdeck.protocol"] ?? "grpc"] ?? (["other", labels["rpcdeck.protocol"] ?? ""] as const);
    const weight = Number(labels["weight"] ?? 1);
    const instance: Instance = {
      id: `${source}/${record.key}`,
      label: record.key.slice(slash + 1),
      source,
      registeredAs: slash > 0 ? record.key.slice(0, slash) : record.key,
      services: undefined,
      protocol,
      protocolName,
      address,
      tls: labels["rpcdeck.tls"] === "verified" ? { kind: "tls", verify: true } : { kind: "plaintext" },
      metadata: [],
      labels,
      weight: Number.isFinite(weight) && weight >= 0 ? weight : 1,
      version: labels["version"] ?? "",
      lease: record.lease === 0n ? undefined : { id: record.lease, grantedMs: undefined },
      revision: record.modRevision,
      raw: record,
    };
    return [instance];
  },
};

const protocols: Readonly<Record<string, readonly [InstanceProtocol, string]>> = {
  grpc: ["grpc", "gRPC"],
  connect: ["connect", "Connect"],
  "grpc-web": ["grpc-web", "gRPC-Web"],
};

interface Endpoint {
  readonly address: string;
  readonly metadata: unknown;
}

function endpointOf(record: RawRecord): Endpoint | undefined {
  if (record.value[0] !== 0x7b) {
    return undefined; // does not begin with a brace
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(record.value));
  } catch {
    return undefined; // not JSON, so not of this convention
  }
  if (!isObject(value) || typeof value["Addr"] !== "string") {
    return undefined;
  }
  // Op 1 was "delete" in old versions of the naming package.
  return value["Op"] === 1 ? undefined : { address: value["Addr"], metadata: value["Metadata"] };
}

function labelsOf(metadata: unknown): Readonly<Record<string, string>> {
  if (!isObject(metadata)) {
    return typeof metadata === "string" && metadata !== "" ? { metadata } : {};
  }
  const shown = Object.entries(metadata).slice(0, maxLabels);
  return Object.fromEntries(shown.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
