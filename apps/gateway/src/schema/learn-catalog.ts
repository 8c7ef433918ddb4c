import type { LearnedSchema } from "../catalog/catalog-state.ts";
import { type Clock, systemClock } from "../catalog/clock.ts";
import type { Instance } from "../catalog/instance.ts";
import { groupOf } from "../catalog/instance-group.ts";
import type { InstanceSchema, SchemaStore } from "./schema-store.ts";

/** Groups that are asked at the same time. */
const atOnce = 4;
/** Instances of one group that are tried in a row when the first cannot be reached. */
const maxTried = 3;
/** Wait before a group that could not be reached is asked again, in milliseconds; doubles with each failure. */
const firstRetryMs = 500;
/** Longest wait between two tries, in milliseconds. */
const maxRetryMs = 30_000;

/** What is needed of the catalog. */
export interface LearningCatalog {
  all(): readonly Instance[];
  /** Live instances of groups about which nothing was learned yet, one of each. */
  unlearned(): readonly Instance[];
  learn(instanceId: string, learned: LearnedSchema): void;
  onChange(listener: () => void): () => void;
}

/** Keeps asking what is new in the catalog for its services. */
export interface CatalogLearning {
  /** Stops asking. */
  close(): void;
}

/** How to learn. */
export interface CatalogLearningOptions {
  readonly catalog: LearningCatalog;
  readonly store: SchemaStore;
  readonly clock?: Clock;
}

/**
 * Asks one instance of each new group for its services, four groups at a time, and tells the catalog. A group that cannot be reached is
 * asked again with growing pauses; one that answers without reflection gets what configured schemas say about its name.
 */
export function keepCatalogLearned(options: CatalogLearningOptions): CatalogLearning {
  const { catalog, store } = options;
  const clock = options.clock ?? systemClock;
  /** Groups that are asked, wait their turn, or wait for their next try. */
  const busy = new Map<string, { failures: number; cancelRetry: (() => void) | undefined }>();
  const queue: string[] = [];
  let running = 0;
  let closed = false;

  function look(): void {
    if (closed) return;
    for (const instance of catalog.unlearned()) {
      const group = groupOf(instance);
      const known = busy.get(group);
      if (known?.cancelRetry !== undefined) {
        // Somebody asked to learn it again: do not wait.
        known.cancelRetry();
        known.cancelRetry = undefined;
        queue.push(group);
      }
      if (known !== undefined) continue;
      busy.set(group, { failures: 0, cancelRetry: undefined });
      queue.push(group);
    }
    pump();
  }

  function pump(): void {
    while (running < atOnce && queue.length > 0) {
      running++;
      void ask(queue.shift() ?? "").finally(() => {
        running--;
        pump();
      });
    }
  }

  async function ask(group: string): Promise<void> {
    const instances = catalog.all().filter((instance) => groupOf(instance) === group);
    let of: InstanceSchema | undefined;
    let asked: Instance | undefined;
    for (const instance of instances.slice(0, maxTried)) {
      asked = instance;
      of = instance.protocol === "local" ? store.known(instance) : await store.learn(instance);
      if (of?.kind !== "unknown" || of.reason !== "unreachable") break;
    }
    const state = busy.get(group);
    if (closed || state === undefined) return;
    if (asked === undefined || of === undefined) {
      busy.delete(group);
      return;
    }
    if (of.kind === "unknown" && of.reason === "unreachable") {
      state.cancelRetry = clock.after(Math.min(maxRetryMs, firstRetryMs * 2 ** state.failures), () => {
        state.cancelRetry = undefined;
        queue.push(group);
        pump();
      });
      state.failures++;
    } else busy.delete(group);
    catalog.learn(asked.id, learnedFrom(of, asked, store));
  }

  const stop = catalog.onChange(look);
  look();
  return {
    close() {
      closed = true;
      stop();
      for (const { cancelRetry } of busy.values()) cancelRetry?.();
      busy.clear();
      queue.length = 0;
    },
  };
}

function learnedFrom(of: InstanceSchema, instance: Instance, store: SchemaStore): LearnedSchema {
  if (of.kind === "known") {
    const services = of.services.filter((service) => !service.startsWith("grpc.reflection."));
    return { services, schemaId: of.schema.id, problem: undefined };
  }
  const names = instance.services ?? [instance.registeredAs];
  const configured = store.configured.find((schema) => names.some((name) => schema.services.includes(name)));
  if (configured === undefined) return { services: undefined, schemaId: undefined, problem: of.problem };
  return { services: names.filter((name) => configured.services.includes(name)), schemaId: configured.id, problem: undefined };
}
