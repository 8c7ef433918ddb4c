import type { CatalogView } from "../catalog/catalog-view.ts";
import { type Clock, systemClock } from "../catalog/clock.ts";
import type { Instance } from "../catalog/instance.ts";
import { endpointOf } from "../net/endpoint.ts";
import { checkConnection, type CheckContext, checkHealth, type CheckResult, type CheckWay, watchHealth } from "./check-health.ts";

/** Time between two checks of an instance, in milliseconds. */
export const defaultHealthIntervalMs = 10_000;
/** Shortest time between two Watch streams, in milliseconds. */
const rewatchMs = 1_000;
/** Instances that are checked; further ones are known by calls only. */
export const maxCheckedInstances = 1_000;
/** Checks under way at the same time; open Watch streams that have told something do not count. */
const atOnce = 16;

/** Checks under way. */
export interface HealthChecks {
  close(): void;
}

/** How to check. */
export interface HealthChecksOptions extends Omit<CheckContext, "signal"> {
  readonly catalog: Pick<CatalogView, "all" | "onChange"> & { report(instanceId: string, result: CheckResult): void };
  /** Our own address and what cannot be dialled are not checked. */
  readonly isChecked: (instance: Instance) => boolean;
  readonly intervalMs: number;
  readonly clock?: Clock;
}

interface Following {
  readonly instance: Instance;
  readonly stop: AbortController;
}

/**
 * Checks every live instance and tells the catalog: by `grpc.health.v1` Watch of the whole server, else by Check, else by connecting. The way
 * that works is kept until it fails. An instance whose record changes is asked anew.
 */
export function keepHealthChecked(options: HealthChecksOptions): HealthChecks {
  const { catalog, intervalMs } = options;
  const clock = options.clock ?? systemClock;
  const followed = new Map<string, Following>();
  const queue = new Set<() => void>();
  let running = 0;

  function look(): void {
    const live = new Map<string, Instance>();
    for (const instance of catalog.all()) {
      if (live.size >= maxCheckedInstances) break;
      if (options.isChecked(instance)) live.set(instance.id, instance);
    }
    for (const [id, { instance, stop }] of followed) {
      if (isSame(instance, live.get(id))) continue;
      stop.abort();
      followed.delete(id);
    }
    for (const [id, instance] of live) {
      if (followed.has(id)) continue;
      const following = { instance, stop: new AbortController() };
      followed.set(id, following);
      void follow(following);
    }
  }

  async function follow({ instance, stop: { signal } }: Following): Promise<void> {
    let way: CheckWay = instance.protocol === "other" ? "connect" : "watch";
    while (!signal.aborted) {
      const startedMs = clock.nowMs();
      const leave = await turn(signal);
      let last: CheckResult | undefined;
      const told = (result: CheckResult): void => {
        leave();
        last = result;
        if (!signal.aborted) catalog.report(instance.id, result);
      };
      const stopRepeating = repeat(() => {
        if (last?.kind === "serving") told(last); // a stream that is open and silent says the same as before
      }, signal);
      const context = { ...options, signal };
      const tried: CheckWay = way;
      if (way === "watch") way = await watchHealth(instance, context, told);
      else if (way === "check") way = await checkHealth(instance, context, told);
      else way = await checkConnection(instance, context, told);
      stopRepeating();
      leave();
      const isNextKnown = tried !== way && last === undefined; // this server cannot be asked so: try the other way now
      // A stream that broke is opened again soon: whether its server went or only this connection is known only then.
      const periodMs =
        tried === "watch" && last !== undefined && last.kind !== "unreachable" ? Math.min(intervalMs, rewatchMs) : intervalMs;
      if (!isNextKnown) await pause(Math.max(0, periodMs - (clock.nowMs() - startedMs)), signal);
    }
  }

  /** Waits for a place; answers the way to hand it on, once. */
  async function turn(signal: AbortSignal): Promise<() => void> {
    let hasPlace = running < atOnce;
    if (hasPlace) running++;
    else {
      await new Promise<void>((resolve) => {
        const giveUp = (): void => {
          queue.delete(take);
          resolve();
        };
        const take = (): void => {
          hasPlace = true;
          signal.removeEventListener("abort", giveUp);
          resolve();
        };
        queue.add(take);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    }
    return () => {
      if (!hasPlace) return;
      hasPlace = false;
      const [next] = queue;
      if (next === undefined) running--;
      else {
        queue.delete(next);
        next();
      }
    };
  }

  function repeat(action: () => void, signal: AbortSignal): () => void {
    let cancel: () => void;
    const next = (): void => {
      cancel = clock.after(intervalMs, () => {
        if (signal.aborted) return;
        action();
        next();
      });
    };
    next();
    return () => cancel();
  }

  function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, done);
      signal.addEventListener("abort", done, { once: true });
      function done(): void {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      }
    });
  }

  const stopListening = catalog.onChange(look);
  look();
  return {
    close() {
      stopListening();
      for (const { stop } of followed.values()) stop.abort();
      followed.clear();
    },
  };
}

/** Whether checks of one say something about the other: what is learned of its services changes nothing. */
function isSame(before: Instance, now: Instance | undefined): boolean {
  return now !== undefined && before.protocol === now.protocol && endpointOf(before).key === endpointOf(now).key;
}
