import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { type CatalogService, type WatchTrafficResponse, WatchTrafficResponseSchema } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { type Clock, systemClock } from "../catalog/clock.ts";
import { catalogToProto, type CatalogToProtoOptions } from "./catalog-to-proto.ts";

/** Shortest time between two catalogs on one stream, in milliseconds. */
const catalogIntervalMs = 100;
/** Time between two traffic messages, in milliseconds. */
const trafficIntervalMs = 1_000;
/** Most instances whose leases can be asked for at once. */
const maxLeaseInstances = 200;

/** Where traffic figures come from (routing/traffic.ts). */
export interface TrafficView {
  snapshot(): {
    readonly instances: readonly {
      readonly instanceId: string;
      readonly callsPerSecond: readonly number[];
      readonly calls: number;
      readonly errors: number;
      readonly p50Ms: number | undefined;
    }[];
    readonly ticks: readonly {
      readonly seq: number;
      readonly service: string;
      readonly instanceId: string;
      readonly code: number;
      readonly atMs: number;
    }[];
  };
}

/** What the service needs. */
export interface CatalogServiceOptions extends CatalogToProtoOptions {
  readonly catalog: Catalog;
  readonly traffic: TrafficView;
  readonly clock?: Clock;
}

/** rpcdeck.v1.CatalogService. Streams go on until the caller leaves. */
export function createCatalogService(options: CatalogServiceOptions): ServiceImpl<typeof CatalogService> {
  const { catalog, traffic } = options;
  const clock = options.clock ?? systemClock;
  const catalogNow = () => catalogToProto(catalog.state(), options);
  return {
    async *watchCatalog(_request, { signal }) {
      const changes = createAlert(signal);
      const stop = catalog.onChange(changes.raise);
      // Also on abort itself: a stream that nobody reads any more stands still at a yield.
      signal.addEventListener("abort", stop, { once: true });
      try {
        while (!signal.aborted) {
          yield { catalog: catalogNow() };
          await pause(catalogIntervalMs, clock, signal);
          await changes.raised();
        }
      } finally {
        stop();
        changes.close();
      }
    },

    getCatalog: () => ({ catalog: catalogNow() }),

    async getLeases(request, { signal }) {
      if (request.instanceIds.length > maxLeaseInstances) {
        throw new ConnectError(
          `${request.instanceIds.length} instances are more than the limit of ${maxLeaseInstances}`,
          Code.InvalidArgument,
        );
      }
      const left = await catalog.leasesLeft(request.instanceIds, signal);
      return {
        entries: Array.from(left, ([instanceId, { leftMs, grantedMs }]) => ({
          instanceId,
          left: durationOf(leftMs),
          granted: durationOf(grantedMs),
        })),
      };
    },

    async *watchTraffic(_request, { signal }) {
      while (!signal.aborted) {
        yield trafficNow(traffic);
        await pause(trafficIntervalMs, clock, signal);
      }
    },
  };
}

function trafficNow(traffic: TrafficView): WatchTrafficResponse {
  const { instances, ticks } = traffic.snapshot();
  return create(WatchTrafficResponseSchema, {
    instances: instances.map(({ instanceId, callsPerSecond, calls, errors, p50Ms }) => ({
      instanceId,
      callsPerSecond: [...callsPerSecond],
      calls,
      errors,
      ...(p50Ms === undefined ? {} : { p50: durationOf(p50Ms) }),
    })),
    ticks: ticks.map(({ seq, service, instanceId, code, atMs }) => ({
      seq: BigInt(seq),
      service,
      instanceId,
      code,
      at: timestampFromMs(atMs),
    })),
  });
}

/** Something that can be waited for: raised at any time, many times counting once. An abort raises it too. */
interface Alert {
  readonly raise: () => void;
  /** Resolves at once when it was raised since the last time. */
  raised(): Promise<void>;
  close(): void;
}

function createAlert(signal: AbortSignal): Alert {
  let isRaised = false;
  let wake = () => {};
  const raise = () => {
    isRaised = true;
    wake();
  };
  signal.addEventListener("abort", raise);
  return {
    raise,
    async raised() {
      if (!isRaised && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      isRaised = false;
    },
    close: () => signal.removeEventListener("abort", raise),
  };
}

/** Waits; an abort ends it early. */
function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done);
  });
}

/** A duration from milliseconds with a fraction, in whole nanoseconds: the library's own conversion leaves a fraction, which cannot be sent. */
function durationOf(ms: number) {
  const nanos = Math.round(ms * 1e6);
  return { seconds: BigInt(Math.trunc(nanos / 1e9)), nanos: nanos % 1e9 };
}
