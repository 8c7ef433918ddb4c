/** How an instance is spoken to. "other" is registered but has no outbound codec yet. */
export type InstanceProtocol = "local" | "grpc" | "connect" | "grpc-web" | "other";

/** How TLS to an instance is done. */
export type InstanceTls =
  | { readonly kind: "plaintext" }
  | {
      readonly kind: "tls";
      /** False: the certificate is not checked, which is shown on every call. */
      readonly verify: boolean;
      /** PEM of the authority to trust instead of the system's. */
      readonly ca?: string;
      /** Client certificate and key, PEM. */
      readonly clientCert?: { readonly cert: string; readonly key: string };
      /** Name to ask for and check instead of the host. */
      readonly serverName?: string;
    };

/** One process that can be called at one address over one protocol (decision 14). Immutable. */
export interface Instance {
  /** Unique: `source/key`. */
  readonly id: string;
  /** Short name to show. */
  readonly label: string;
  /** Name of the source it came from. */
  readonly source: string;
  /** The name it registered under; not necessarily a protobuf service. */
  readonly registeredAs: string;
  /** Full protobuf service names, or undefined until reflection says. May hold patterns for static targets: `prefix.*` and `*`. */
  readonly services: readonly string[] | undefined;
  readonly protocol: InstanceProtocol;
  /** The protocol in the field's words: "gRPC", "Connect", "gRPC-Web", "rpcx". */
  readonly protocolName: string;
  /** `host:port`, `[v6]:port` or `unix:/path`. */
  readonly address: string;
  /** Sent as `:authority` or `Host` instead of the address, where the target says so. */
  readonly authority?: string;
  readonly tls: InstanceTls;
  /** Metadata sent with reflection and with every call to this instance, such as authorization from --config. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
  /** Version, zone and whatever else the record says, to show. */
  readonly labels: Readonly<Record<string, string>>;
  readonly weight: number;
  readonly version: string;
  readonly lease: { readonly id: bigint; readonly grantedMs: number | undefined } | undefined;
  /** Registry revision of the last change; 0n where there is none. */
  readonly revision: bigint;
  /** What the registry holds, untouched; undefined for static instances. */
  readonly raw: RawRecord | undefined;
}

/** One record of a registry: an etcd key with its value, a Consul service entry and so on. */
export interface RawRecord {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: bigint;
  readonly modRevision: bigint;
  readonly version: bigint;
  readonly lease: bigint;
  /** Name of the convention that read it; "" when none did. */
  readonly convention: string;
}
