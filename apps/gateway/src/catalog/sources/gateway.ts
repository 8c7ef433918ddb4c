import type { Instance } from "../instance.ts";
import { createFixedSource, type FixedSource } from "./fixed.ts";

/** Name and only key of the gateway's own source. */
export const gatewaySourceName = "gateway";

/** Id of the gateway's own instance. */
export const gatewayInstanceId = `${gatewaySourceName}/gateway`;

/** The gateway's own services as an instance like any other. `address` is what it listens on; `services` are full names. */
export function gatewayInstance(address: string, services: readonly string[], version: string): Instance {
  return {
    id: gatewayInstanceId,
    label: "gateway",
    source: gatewaySourceName,
    registeredAs: "gateway",
    services,
    protocol: "local",
    protocolName: "in process",
    address,
    tls: { kind: "plaintext" },
    metadata: [],
    labels: {},
    weight: 1,
    version,
    lease: undefined,
    revision: 0n,
    raw: undefined,
  };
}

/** The source that holds only the gateway itself. */
export function createGatewaySource(instance: Instance): FixedSource {
  return createFixedSource({ name: gatewaySourceName, kind: "gateway", instances: [instance] });
}
