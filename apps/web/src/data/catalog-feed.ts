import { CatalogService, type Catalog } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { useSyncExternalStore } from "react";
import { tunnelCarrier } from "./tunnel-carrier.ts";
import { createLiveFeed, type FeedStatus } from "./live-feed.ts";

/** The live catalog (WatchCatalog). */
export const catalogFeed = createLiveFeed<
  typeof CatalogService.method.watchCatalog.input,
  typeof CatalogService.method.watchCatalog.output,
  Catalog
>(tunnelCarrier, CatalogService.method.watchCatalog, (last, message) => message.catalog ?? last);

/** The newest catalog, or undefined before the first one came. Stays at the last known one while the gateway is away. */
export function useCatalog(): Catalog | undefined {
  return useSyncExternalStore(catalogFeed.subscribe, latest);
}

/** How the link to the gateway is. */
export function useCatalogStatus(): FeedStatus {
  return useSyncExternalStore(catalogFeed.subscribe, status);
}

const latest = () => catalogFeed.snapshot().latest;
const status = () => catalogFeed.snapshot().status;
