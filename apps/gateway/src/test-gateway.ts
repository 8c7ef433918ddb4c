import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary, type DescMethod, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { MethodKind } from "@rpcdeck/frames";
import type { CallHead } from "./call/call.ts";
import { defaultReplayBytes, type RelayResult } from "./call/relay.ts";
import type { CatalogView } from "./catalog/catalog-view.ts";
import { systemClock } from "./catalog/clock.ts";
import type { Instance, InstanceProtocol } from "./catalog/instance.ts";
import { createInstanceHealthBook } from "./catalog/instance-health.ts";
import type { InboundOptions } from "./inbound/inbound.ts";
import { startInbound, type TestInbound } from "./inbound/test-inbound.ts";
import { createAddressPolicy } from "./net/address-policy.ts";
import { createConnections, type Connections, type ConnectionsOptions } from "./net/connections.ts";
import { probe } from "./net/probe.ts";
import { createConnectCodec } from "./outbound/connect.ts";
import { createGrpcWebCodec } from "./outbound/grpc-web.ts";
import { createGrpcCodec } from "./outbound/grpc.ts";
import { createRouter, type RouterOptions } from "./routing/route.ts";
import { createTypedTargets } from "./routing/typed-targets.ts";
import type { MethodSchema, SchemaView } from "./schema/schema-view.ts";
import { createTranscodePool } from "./schema/transcode-pool.ts";
import { createTranscoder } from "./schema/transcode.ts";

/** For tests: a gateway of inbound side, router and pool, over a fixed list of instances and the schemas of the demo services. */
export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly connections: Connections;
  /** Every call that ended. */
  readonly results: RelayResult[];
  /** What was reported of instances, in order, such as `id reached` or `id unreachable`; not that they answered. */
  readonly reports: string[];
  /** Instances for every service. May be changed. */
  instances: Instance[];
}

/** For tests: how the gateway is made. */
export interface TestGatewayOptions {
  readonly instances: readonly Instance[];
  readonly maxMessageBytes?: number;
  readonly pool?: Partial<ConnectionsOptions>;
  readonly inbound?: Partial<InboundOptions>;
  /** Further codecs, or others than usual. */
  readonly codecs?: Parameters<typeof createRouter>[0]["codecs"];
  /** Schemas, instead of those of the demo services. */
  readonly registry?: FileRegistry;
  /** Further options of the router, or others than usual. */
  readonly router?: Partial<RouterOptions>;
  /** False: no schema is known. */
  readonly hasSchemas?: boolean;
}

/** For tests: an instance at an address. */
export function testInstance(address: string, protocol: InstanceProtocol, name = "one"): Instance {
  return {
    id: `test/${name}`,
    label: name,
    source: "test",
    registeredAs: name,
    services: undefined,
    protocol,
    protocolName: protocol,
    address,
    tls: { kind: "plaintext" },
    metadata: [],
    labels: {},
    weight: 1,
    version: "",
    lease: undefined,
    revision: 0n,
    raw: undefined,
  };
}

const descriptors = new URL("../../../packages/protocol/descriptors.binpb", import.meta.url);
const kinds: Readonly<Record<DescMethod["methodKind"], MethodKind>> = {
  unary: "unary",
  server_streaming: "server-stream",
  client_streaming: "client-stream",
  bidi_streaming: "bidi",
};

/** For tests: starts one on a free port of 127.0.0.1; close it with `await using`. */
export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const maxMessageBytes = options.maxMessageBytes ?? 16 * 1024 * 1024;
  const policy = createAddressPolicy();
  const connections = createConnections({ policy, ...options.pool });
  const context = { connections, maxMessageBytes };
  const registry = options.registry ?? createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
  const transcodePool = createTranscodePool({ maxMessageBytes });
  const results: RelayResult[] = [];
  const reports: string[] = [];
  const health = createInstanceHealthBook(systemClock);
  const gateway = { instances: [...options.instances] };

  const methodOf = (path: string): MethodSchema | undefined => {
    const [, service = "", method = ""] = path.split("/");
    const found = options.hasSchemas === false ? undefined : registry.getService(service)?.methods.find(({ name }) => name === method);
    return found === undefined ? undefined : { kind: kinds[found.methodKind], method: found, registry };
  };
  const schemas: SchemaView = {
    methodNow: methodOf,
    method: (path) => Promise.resolve(methodOf(path) ?? { problem: "no schema" }),
    isKept: () => true,
  };
  const catalog: CatalogView = {
    instancesFor: (service) => (service.startsWith("unknown.") ? [] : gateway.instances),
    byId: (id) => {
      const instance = gateway.instances.find((one) => one.id === id);
      return instance === undefined ? undefined : { instance, evicted: false };
    },
    all: () => gateway.instances,
    services: () => ["pb.Greeter", "pb.AddressBookService", "arith.v1.Arith"],
    onChange: () => () => undefined,
    isDemoted: (id) => health.isDemoted(id),
    chosen: (id) => health.chosen(id),
    report(id, observation) {
      if (observation.kind !== "answered") reports.push(`${id} ${observation.kind}`);
      health.observe(id, observation, () => gateway.instances.map((instance) => instance.id));
    },
  };
  const transcode = (call: CallHead): ReturnType<Parameters<typeof createRouter>[0]["transcode"]> => {
    const method = methodOf(call.path);
    const made =
      method === undefined
        ? undefined
        : createTranscoder(method, { callerCodec: call.codec, callerEncoding: call.encoding, maxMessageBytes, pool: transcodePool });
    if (made === undefined) throw new Error(`no transcoder for ${call.path}`);
    return made;
  };
  const router = createRouter({
    catalog,
    schemas,
    transcode,
    codecs: {
      grpc: createGrpcCodec(context),
      connect: createConnectCodec(context),
      "grpc-web": createGrpcWebCodec(context),
      ...options.codecs,
    },
    ownInstance: testInstance("127.0.0.1:0", "local", "own"),
    isOwnAddress: () => false,
    typedTargets: createTypedTargets((address) => probe(address, { policy, trust: "typed" })),
    limits: { maxMessageBytes, replayBytes: defaultReplayBytes },
    observe: (_call, result) => results.push(result),
    ...options.router,
  });
  const inbound: TestInbound = await startInbound((call) => router.handle(call), { limits: { maxMessageBytes }, ...options.inbound });
  return {
    url: inbound.url,
    port: inbound.port,
    connections,
    results,
    reports,
    get instances() {
      return gateway.instances;
    },
    set instances(list) {
      gateway.instances = list;
    },
    async [Symbol.asyncDispose]() {
      await inbound[Symbol.asyncDispose]();
      connections.close();
      transcodePool.close();
    },
  };
}
