import type { Instance } from "../catalog/instance.ts";
import { GatewayError } from "../errors/gateway-error.ts";
import { typedSource } from "../net/endpoint.ts";
import type { ProbeReport } from "../net/probe.ts";
import { parseTarget, type Target, type TargetProtocol } from "../net/target.ts";
import { systemTrust, type TlsTrust, tlsWith } from "../net/tls-trust.ts";

/** Instances for targets that callers type, without registering anything. */
export interface TypedTargets {
  /** The instance behind a URL or a bare `host:port`, which is probed once. Throws or rejects with `target_invalid` or the probe's fault. */
  instanceFor(text: string): Instance | Promise<Instance>;
  /** What a probe found is no longer true: the next call probes again. */
  forget(instanceId: string): void;
}

/** Targets remembered; the oldest is forgotten first. */
const maxTargets = 1024;

const protocolNames: Readonly<Record<TargetProtocol, string>> = { grpc: "gRPC", connect: "Connect", "grpc-web": "gRPC-Web" };

/** Typed targets, none yet. `probe` finds out how a bare address is spoken to; `trust` says which certificates are good. */
export function createTypedTargets(probe: (address: string) => Promise<ProbeReport>, trust: TlsTrust = systemTrust): TypedTargets {
  const known = new Map<string, Instance | Promise<Instance>>();

  const remember = (text: string, instance: Instance | Promise<Instance>): void => {
    known.delete(text);
    known.set(text, instance);
    if (known.size > maxTargets) known.delete(known.keys().next().value ?? "");
  };

  return {
    instanceFor(text) {
      const found = known.get(text);
      if (found !== undefined) return found;
      const parsed = parseTarget(text);
      if (parsed.kind === "problem") throw new GatewayError("target_invalid", parsed.problem);
      const { target } = parsed;
      if (target.protocol !== undefined && target.tls !== undefined) {
        const instance = typedInstance(text, target, target.protocol, target.tls, trust);
        remember(text, instance);
        return instance;
      }
      const probing = probe(target.address).then((report) => {
        if (report.result.kind === "failed") throw report.result.error;
        const instance = typedInstance(text, target, report.result.protocol, report.result.tls, trust);
        remember(text, instance);
        return instance;
      });
      remember(text, probing);
      probing.catch(() => {
        if (known.get(text) === probing) known.delete(text);
      });
      return probing;
    },
    forget(instanceId) {
      const text = instanceId.slice(typedSource.length + 1);
      const parsed = parseTarget(text);
      if (parsed.kind === "target" && parsed.target.protocol === undefined) known.delete(text);
    },
  };
}

function typedInstance(text: string, target: Target, protocol: TargetProtocol, tls: boolean, trust: TlsTrust): Instance {
  const authority = target.authority?.text;
  return {
    id: `${typedSource}/${text}`,
    label: target.address,
    source: typedSource,
    registeredAs: text,
    services: undefined,
    protocol,
    protocolName: protocolNames[protocol],
    address: target.address,
    ...(authority === undefined ? {} : { authority }),
    tls: tls ? tlsWith(trust, target.address, target) : { kind: "plaintext" },
    metadata: [],
    labels: authority === undefined ? {} : { authority },
    weight: 1,
    version: "",
    lease: undefined,
    revision: 0n,
    raw: undefined,
  };
}
