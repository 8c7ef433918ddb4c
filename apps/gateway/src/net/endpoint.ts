import type { Instance, InstanceTls } from "../catalog/instance.ts";
import type { Trust } from "./address-policy.ts";

/** Where and how to connect. Two instances with equal endpoints share their connections. */
export interface Endpoint {
  /** `host:port`, `[v6]:port` or `unix:/path`. */
  readonly address: string;
  /** Sent as `:authority` or `Host` instead of the address. */
  readonly authority?: string;
  readonly tls: InstanceTls;
  readonly trust: Trust;
  /** "h2" fails where HTTP/2 is not spoken; "any" falls back to HTTP/1.1 and remembers it (decision 6). */
  readonly http: "h2" | "any";
  /** Equal for equal endpoints. */
  readonly key: string;
}

/** Name of the source of ad-hoc instances, which come from a caller's `rpcdeck-target` URL. Their addresses are not trusted. */
export const typedSource = "typed";

const known = new WeakMap<Instance, Endpoint>();

/** The endpoint of an instance; the same object for the same instance. */
export function endpointOf(instance: Instance): Endpoint {
  const found = known.get(instance);
  if (found !== undefined) return found;
  const plain = createEndpoint(
    instance.address,
    instance.tls,
    instance.source === typedSource ? "typed" : "configured",
    instance.protocol === "grpc" ? "h2" : "any",
  );
  const endpoint = instance.authority === undefined ? plain : withAuthority(plain, instance.authority);
  known.set(instance, endpoint);
  return endpoint;
}

/** The same endpoint, called by another name: its connections are its own, for a server may tell by the name who is meant. */
export function withAuthority(endpoint: Endpoint, authority: string): Endpoint {
  return { ...endpoint, authority, key: JSON.stringify([endpoint.key, authority]) };
}

/** An endpoint with its key. */
export function createEndpoint(address: string, tls: InstanceTls, trust: Trust, http: "h2" | "any"): Endpoint {
  return { address, tls, trust, http, key: JSON.stringify([address, trust, http, tls]) };
}
