import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import {
  CatalogEvent_Kind as Kind,
  CatalogSchema,
  CatalogService,
  Instance_Health as Health,
  InstanceSchema,
  Source_State as State,
} from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { FleetProcessSchema, FleetService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { EventLog } from "./event-log.tsx";
import { FleetControls } from "./fleet-controls.tsx";
import { InstanceTable } from "./instance-table.tsx";
import { LeaseMeter } from "./lease-meter.tsx";
import { groupInstances } from "./registry-model.ts";
import { SourceStrip } from "./source-strip.tsx";

const now = Date.now();
const client = new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });

const catalog = create(CatalogSchema, {
  sources: [
    { name: "embedded", state: State.OK, addresses: ["in this process"], revision: 41n, changedAt: timestampFromMs(now - 61_000) },
    {
      name: "etcd-1",
      state: State.STALE,
      problem: "connection refused",
      seenAt: timestampFromMs(now - 30_000),
      nextTryAt: timestampFromMs(now + 9_000),
    },
  ],
  instances: [
    instance("greeter-1", { health: Health.HEALTHY, lease: { id: 7n, granted: durationFromMs(10_000) } }),
    instance("greeter-2", { health: Health.FAILING, problem: "connection refused" }),
    instance("greeter-3", { health: Health.EVICTED, problem: "its lease ran out" }),
    instance("greeter-4", { health: Health.LAST_KNOWN, source: "etcd-1" }),
    instance("health-1", { health: Health.HEALTHY, services: ["grpc.health.v1.Health"] }),
  ],
  events: [
    {
      seq: 1n,
      at: timestampFromMs(now - 9_000),
      kind: Kind.REGISTERED,
      source: "embedded",
      instanceId: "embedded/greeter-1",
      detail: "gRPC",
    },
    { seq: 2n, at: timestampFromMs(now - 5_000), kind: Kind.LEASE_EXPIRED, source: "embedded", instanceId: "embedded/greeter-3" },
  ],
});

function instance(label: string, more: MessageInitShape<typeof InstanceSchema>) {
  const common = {
    id: `embedded/${label}`,
    label,
    source: "embedded",
    services: ["pb.Greeter"],
    address: "127.0.0.1:5",
    protocolName: "gRPC",
  };
  return create(InstanceSchema, { ...common, ...more });
}

/** The table of instances in every state. Leases have 4 of 10 seconds left. */
export function Table({ onSelect }: { onSelect?: (id: string) => void }) {
  const [selected, setSelected] = useState<string>();
  return (
    <Gateway onAsk={undefined}>
      <InstanceTable
        groups={groupInstances(catalog.instances, "service", undefined)}
        sources={catalog.sources}
        selected={selected}
        onSelect={(id) => {
          setSelected(id);
          onSelect?.(id);
        }}
      />
    </Gateway>
  );
}

/** What happened: one thing that is well and one that is not. */
export function Log() {
  return <EventLog events={catalog.events} instances={catalog.instances} />;
}

/** A source that is well and one that is away. */
export function Sources() {
  return <SourceStrip catalog={catalog} />;
}

/** A lease that was asked about, and one that was not. */
export function Leases() {
  return (
    <>
      <LeaseMeter lease={{ leftMs: 4_000, grantedMs: 10_000, at: now + 3_600_000 }} grantedMs={10_000} />
      <LeaseMeter lease={undefined} grantedMs={10_000} />
    </>
  );
}

/** Controls of a demo process, over a gateway that tells what it is asked and cannot kill. */
export function Fleet({ running = true, onAsk }: { running?: boolean; onAsk?: (asked: string) => void }) {
  return (
    <Gateway onAsk={onAsk}>
      <FleetControls process={create(FleetProcessSchema, { name: "greeter-1", running, behaviour: { delayMs: 300 } })} />
    </Gateway>
  );
}

function Gateway({ onAsk, children }: { onAsk: ((asked: string) => void) | undefined; children: ReactNode }) {
  const [transport] = useState(() =>
    createRouterTransport(({ service }) => {
      service(CatalogService, {
        getLeases: ({ instanceIds }) => ({
          entries: instanceIds.map((instanceId) => ({ instanceId, left: durationFromMs(4_000), granted: durationFromMs(10_000) })),
        }),
      });
      service(FleetService, {
        startProcess({ name }) {
          onAsk?.(`start ${name}`);
          return {};
        },
        stopProcess({ name }) {
          onAsk?.(`stop ${name}`);
          return {};
        },
        killProcess() {
          throw new ConnectError("it is gone already", Code.FailedPrecondition);
        },
        setBehaviour({ name, behaviour }) {
          onAsk?.(`${name} ${behaviour?.delayMs} ms ${behaviour?.failPercent} %`);
          return {};
        },
      });
    }),
  );
  return (
    <TransportProvider transport={transport}>
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    </TransportProvider>
  );
}
