import type { Clock } from "../catalog/clock.ts";

/** How many calls may be tried again, so that retries cannot multiply the load of an outage. */
export interface RetryBudgetLimits {
  /** Retries for each 100 calls of a service, beside {@link retriesPerSecond}. */
  readonly percent: number;
}

/** Shipped limit: one retry for five calls. */
export const defaultRetryBudgetLimits: RetryBudgetLimits = { percent: 20 };
/** Retries of a service that are always allowed in a second, however few calls it has. */
export const retriesPerSecond = 10;
/** Retries that a service can save up, and begins with. */
export const maxSavedRetries = 200;
/** Services that are remembered; the one that was first short of retries is forgotten first. */
const maxServices = 2_048;

/** A token bucket for each service: calls and time fill it, retries empty it. */
export interface RetryBudget {
  /** A call of the service begins. */
  called(service: string): void;
  /** Takes one retry; false where none is left. */
  take(service: string): boolean;
  /** What the budget is, for the text of an error. */
  readonly words: string;
}

/** Hundredths of a retry, so that a share of whole percents adds up exactly. */
const retryCost = 100;
const fullBucket = maxSavedRetries * retryCost;

interface Bucket {
  left: number;
  filledMs: number;
}

/** Every service's budget is whole. Holds only those from which something was taken. */
export function createRetryBudget(clock: Pick<Clock, "nowMs">, limits: RetryBudgetLimits = defaultRetryBudgetLimits): RetryBudget {
  const buckets = new Map<string, Bucket>();

  /** What time has filled in; undefined for a bucket that is full again. */
  function bucketOf(service: string): Bucket | undefined {
    const bucket = buckets.get(service);
    if (bucket === undefined) return undefined;
    const nowMs = clock.nowMs();
    bucket.left += ((nowMs - bucket.filledMs) / 1_000) * retriesPerSecond * retryCost;
    bucket.filledMs = nowMs;
    if (bucket.left < fullBucket) return bucket;
    buckets.delete(service);
    return undefined;
  }

  function added(service: string): Bucket {
    const bucket = { left: fullBucket, filledMs: clock.nowMs() };
    buckets.set(service, bucket);
    if (buckets.size > maxServices) buckets.delete(buckets.keys().next().value ?? "");
    return bucket;
  }

  return {
    called(service) {
      if (buckets.size === 0) return;
      const bucket = bucketOf(service);
      if (bucket !== undefined) bucket.left += limits.percent; // what is over the edge is seen at the next look
    },
    take(service) {
      const bucket = bucketOf(service) ?? added(service);
      if (bucket.left < retryCost) return false;
      bucket.left -= retryCost;
      return true;
    },
    words: `${limits.percent} retries for 100 calls (--retry-budget) and ${retriesPerSecond} a second`,
  };
}
