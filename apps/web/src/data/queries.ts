import { useMutation, useQuery } from "@connectrpc/connect-query";
import { CatalogService } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { FleetService, GatewayService, type FleetProcess, type GetInfoResponse } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { keepPreviousData } from "@tanstack/react-query";

/** How often the gateway is asked who it is, so that a restart and a dead link after sleep are noticed. */
const infoEveryMs = 15_000;
/** How often leases of rows on screen are asked for (decision 16: at most once a second). */
const leasesEveryMs = 1_000;
/** Most leases asked for at once. */
const maxLeases = 200;
/** How often the demo processes are asked for. */
const fleetEveryMs = 2_000;

/** Which gateway this is; undefined before it answered. */
export function useGatewayInfo(): GetInfoResponse | undefined {
  return useQuery(GatewayService.method.getInfo, {}, { refetchInterval: infoEveryMs, refetchOnWindowFocus: "always", staleTime: 0 }).data;
}

/** Version of the page itself. */
export const pageVersion = String(import.meta.env["PAGE_VERSION"]);

/** Hash of the page itself, as the gateway that served it wrote it; undefined where no gateway did, as with the dev server. */
export const pageBuild = readPageBuild();

function readPageBuild(): string | undefined {
  const build = document.querySelector<HTMLMetaElement>('meta[name="rpcdeck-build"]')?.content ?? "";
  return /^[0-9a-f]+$/.test(build) ? build : undefined;
}

/** How long a lease has left. `at` is when that was known, in `Date.now()` milliseconds: count down from there. */
export interface LeaseLeft {
  readonly leftMs: number;
  readonly grantedMs: number;
  readonly at: number;
}

/** The leases of some instances, by instance id. Give only those on screen. */
export function useLeases(instanceIds: readonly string[]): ReadonlyMap<string, LeaseLeft> {
  const query = useQuery(
    CatalogService.method.getLeases,
    { instanceIds: instanceIds.slice(0, maxLeases) },
    { enabled: instanceIds.length > 0, refetchInterval: leasesEveryMs, staleTime: 0, placeholderData: keepPreviousData },
  );
  return new Map(
    (query.data?.entries ?? []).map((entry) => [
      entry.instanceId,
      { leftMs: toMs(entry.left), grantedMs: toMs(entry.granted), at: query.dataUpdatedAt },
    ]),
  );
}

/** The demo processes, running or not; undefined before the gateway answered. */
export function useFleet(enabled: boolean): readonly FleetProcess[] | undefined {
  return useQuery(FleetService.method.listProcesses, {}, { enabled, refetchInterval: fleetEveryMs, staleTime: 0 }).data?.processes;
}

/** What can be done to a demo process. Each mutation takes the request of its method. */
export function useFleetActions() {
  return {
    start: useMutation(FleetService.method.startProcess),
    stop: useMutation(FleetService.method.stopProcess),
    kill: useMutation(FleetService.method.killProcess),
    behave: useMutation(FleetService.method.setBehaviour),
  };
}

/** A protobuf Duration in milliseconds; 0 where there is none. */
export function toMs(duration: { readonly seconds: bigint; readonly nanos: number } | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}
