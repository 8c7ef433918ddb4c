import {
  CatalogService,
  type WatchTrafficResponse_InstanceTraffic as InstanceTraffic,
  type WatchTrafficResponse_Tick as Tick,
} from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useSyncExternalStore } from "react";
import { tunnelCarrier } from "./tunnel-carrier.ts";
import { createLiveFeed } from "./live-feed.ts";

/** How many calls of a service the balance shows. */
export const balanceCalls = 200;

/** What calls went where. */
export interface Traffic {
  /** The last 60 seconds of each instance that had calls, by instance id. */
  readonly byInstance: ReadonlyMap<string, InstanceTraffic>;
  /** Up to the last 200 calls of each service, oldest first. */
  readonly ticksByService: ReadonlyMap<string, readonly Tick[]>;
}

const feed = createLiveFeed<typeof CatalogService.method.watchTraffic.input, typeof CatalogService.method.watchTraffic.output, Traffic>(
  tunnelCarrier,
  CatalogService.method.watchTraffic,
  (_, message) => ({
    byInstance: new Map(message.instances.map((entry) => [entry.instanceId, entry])),
    ticksByService: Map.groupBy(message.ticks, (tick) => tick.service),
  }),
);

/** The live traffic; undefined before the first message came. */
export function useTraffic(): Traffic | undefined {
  return useSyncExternalStore(feed.subscribe, latest);
}

const latest = () => feed.snapshot().latest;
