import { AggregatorRegistry } from "prom-client";
import type { ProcessFigures } from "../routing/metrics.ts";

/** Counters of processes that are gone: what sums over all must not fall when one ends. */
export interface KeptCounters {
  /** Adds those of a process, as it told them last. */
  add(figures: ProcessFigures): void;
  /** Their sum; undefined for none. */
  sum(): Promise<ProcessFigures | undefined>;
}

/** Keeps none yet. */
export function createKeptCounters(): KeptCounters {
  let kept: Promise<ProcessFigures> | undefined;
  return {
    add(figures) {
      const counters = countersOf(figures);
      kept = kept === undefined ? Promise.resolve(counters) : kept.then((before) => added(before, counters));
    },
    sum: () => Promise.resolve(kept),
  };
}

/** The figures that only grow. */
export function countersOf(figures: ProcessFigures): ProcessFigures {
  return figures.filter(({ type }) => growing.has(String(type))); // typed as a number, and a word in fact
}

const growing = new Set(["counter", "histogram"]);

function added(one: ProcessFigures, other: ProcessFigures): Promise<ProcessFigures> {
  return AggregatorRegistry.aggregate([one, other]).getMetricsAsJSON();
}
