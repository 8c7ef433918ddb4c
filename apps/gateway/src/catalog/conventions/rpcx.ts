import type { Convention } from "../convention.ts";
import type { Instance } from "../instance.ts";

/**
 * rpcx's records: `<base>/<service path>/<network>@<host:port>` with a query string as value. The base is free; `/rpcx/` is everybody's
 * example, with or without its first slash. The base key (value `rpcx_path`) and the service keys are of it too, but carry no instance.
 * Nothing here is protobuf, so `services` is the empty list; the gateway shows these instances and cannot call them.
 */
export const rpcx: Convention = {
  name: "rpcx",
  detect(record) {
    if (/^\/?rpcx\//u.test(record.key)) {
      return 2;
    }
    return instanceKey.test(record.key) || text(record.value) === "rpcx_path" ? 1 : 0;
  },
  toInstances(record, source) {
    const parts = instanceKey.exec(record.key);
    if (parts === null) {
      return [];
    }
    const [, service = "", network = "", address = ""] = parts;
    const query = new URLSearchParams(text(record.value));
    const labels: Record<string, string> = { network };
    for (const name of new Set(query.keys())) {
      labels[name] = query.getAll(name).join(", ");
    }
    const weight = Number(query.get("weight") ?? 1);
    const instance: Instance = {
      id: `${source}/${record.key}`,
      label: `${network}@${address}`,
      source,
      registeredAs: service,
      services: [],
      protocol: "other",
      protocolName: "rpcx",
      address,
      tls: { kind: "plaintext" },
      metadata: [],
      labels,
      weight: Number.isFinite(weight) && weight >= 0 ? weight : 1,
      version: query.get("version") ?? "",
      lease: record.lease === 0n ? undefined : { id: record.lease, grantedMs: undefined },
      revision: record.modRevision,
      raw: record,
    };
    return [instance];
  },
};

/** Service path, network and address of an instance's key. */
const instanceKey = /(?:^|\/)([^/@]+)\/(tcp|http|unix|quic|kcp|ws|wss|rudp|memu|iouring)@([^/]+)$/u;

function text(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}
