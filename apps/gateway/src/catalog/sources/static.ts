import { parseTarget } from "../../net/target.ts";
import type { Instance, InstanceTls } from "../instance.ts";
import { createFixedSource, type FixedSource } from "./fixed.ts";

/** A backend of the configuration (`--target`). */
export interface StaticTarget {
  /** A service name, a prefix that ends in `.*`, or `*`; undefined asks reflection. */
  readonly pattern: string | undefined;
  /** As in --target; must parse. */
  readonly url: string;
  /** Sent with reflection and with every call. */
  readonly metadata?: Instance["metadata"];
  /** PEM of the authority to trust, and a client certificate. */
  readonly ca?: string;
  readonly clientCert?: { readonly cert: string; readonly key: string };
}

/** Name of the source of configured targets. */
export const staticSourceName = "static";

/** The instance of a configured target, or what is wrong with it in one line. A bare `host:port` is spoken to in gRPC. */
export function staticInstance(target: StaticTarget): Instance | { readonly problem: string } {
  const parsed = parseTarget(target.url);
  if (parsed.kind === "problem") {
    return { problem: parsed.problem };
  }
  const { address, protocol = "grpc", tls, verify, serverName } = parsed.target;
  const authority = parsed.target.authority?.text;
  const withTls: InstanceTls = {
    kind: "tls",
    verify,
    ...(target.ca === undefined ? {} : { ca: target.ca }),
    ...(target.clientCert === undefined ? {} : { clientCert: target.clientCert }),
    ...(serverName === undefined ? {} : { serverName }),
  };
  const key = target.pattern === undefined ? target.url : `${target.pattern}=${target.url}`;
  return {
    id: `${staticSourceName}/${key}`,
    label: address,
    source: staticSourceName,
    registeredAs: target.pattern ?? address,
    services: target.pattern === undefined ? undefined : [target.pattern],
    protocol,
    protocolName: protocolNames[protocol],
    address,
    ...(authority === undefined ? {} : { authority }),
    tls: tls === true ? withTls : { kind: "plaintext" },
    metadata: target.metadata ?? [],
    labels: authority === undefined ? {} : { authority },
    weight: 1,
    version: "",
    lease: undefined,
    revision: 0n,
    raw: undefined,
  };
}

/** The source of all configured targets. */
export function createStaticSource(instances: readonly Instance[]): FixedSource {
  return createFixedSource({ name: staticSourceName, kind: "static", instances });
}

const protocolNames = { grpc: "gRPC", connect: "Connect", "grpc-web": "gRPC-Web" } as const;
