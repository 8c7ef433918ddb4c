import type { Instance } from "../catalog/instance.ts";
import type { Select } from "./select/select.ts";

/** Remembers which instances could not be reached lately, so that calls try the others first. */
export interface Demotions {
  unreachable(instanceId: string): void;
  reached(instanceId: string): void;
  isDemoted(instanceId: string): boolean;
}

/** A first failure demotes for so long, in milliseconds; each further one in a row doubles it up to {@link maxDemotionMs}. */
export const firstDemotionMs = 5_000;
/** Longest demotion, in milliseconds. */
export const maxDemotionMs = 60_000;
/** Instances remembered; the oldest failure is forgotten first. */
const maxDemoted = 4096;

/** Nobody is demoted yet. Demotion never removes an instance: where all are demoted all are tried. */
export function createDemotions(now: () => number = () => performance.now()): Demotions {
  const failures = new Map<string, { readonly count: number; readonly untilMs: number }>();
  return {
    unreachable(id) {
      const count = (failures.get(id)?.count ?? 0) + 1;
      failures.delete(id);
      failures.set(id, { count, untilMs: now() + Math.min(maxDemotionMs, firstDemotionMs * 2 ** Math.min(count - 1, 16)) });
      if (failures.size > maxDemoted) failures.delete(failures.keys().next().value ?? "");
    },
    reached(id) {
      if (failures.size > 0) failures.delete(id);
    },
    isDemoted(id) {
      const failure = failures.size === 0 ? undefined : failures.get(id);
      return failure !== undefined && now() < failure.untilMs;
    },
  };
}

/** The next instance to try: never one that was tried, one that is not demoted where there is any. Undefined when all were tried. */
export function nextCandidate(
  instances: readonly Instance[],
  tried: readonly Instance[],
  service: string,
  select: Select,
  demotions: Demotions,
): Instance | undefined {
  const left = tried.length === 0 ? instances : instances.filter((instance) => !tried.includes(instance));
  if (left.length <= 1) return left[0];
  const healthy = left.filter(({ id }) => !demotions.isDemoted(id));
  return select.choose(healthy.length === 0 ? left : healthy, service);
}
