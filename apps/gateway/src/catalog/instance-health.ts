import type { Clock } from "./clock.ts";

/** What calls and checks saw of an instance. */
export type Observation =
  /** The request was taken, or headers came back: it is there. */
  | { readonly kind: "reached" }
  /** A call came to an end that speaks for the instance, whatever its status. */
  | { readonly kind: "answered" }
  /** No connection: the request was not seen by anybody. */
  | { readonly kind: "unreachable"; readonly reason: string }
  /** The request went out, and what came back, or did not, speaks against the instance. `service` is the one that was called. */
  | { readonly kind: "failed"; readonly service: string; readonly reason: string }
  /** An active check says that it takes calls. */
  | { readonly kind: "serving" }
  /** An active check was answered with NOT_SERVING. */
  | { readonly kind: "not-serving"; readonly reason: string };

/** When instances that fail are left out, and for how long. */
export interface EjectionLimits {
  /** Failed calls in a row after which an instance is left out; 0 never leaves one out for that. */
  readonly ejectAfter: number;
  /** How long the first time, in milliseconds; the n-th time in a row n times as long, up to {@link maxEjectMs}. */
  readonly ejectMs: number;
}

/** Shipped limits. */
export const defaultEjectionLimits: EjectionLimits = { ejectAfter: 5, ejectMs: 30_000 };
/** Longest time that failed calls leave an instance out, in milliseconds. */
export const maxEjectMs = 300_000;
/** At most this share of the instances of a service is left out for failed calls; of a single instance none. */
export const maxEjectedShare = 0.5;
/** An instance without a connection comes last for so long, in milliseconds; each further failure in a row doubles it. */
export const firstDemotionMs = 5_000;
/** Longest such time, in milliseconds. */
export const maxDemotionMs = 60_000;

/** What changed for people to see. */
export interface HealthChange {
  /** Undefined where only the reason is another one. */
  readonly kind: "health-failed" | "recovered" | undefined;
  /** One line. */
  readonly detail: string;
}

/** How well each instance is. Holds only those that something speaks against. */
export interface InstanceHealthBook {
  /** Takes an observation in. `peersOf` are the ids of all instances of a service. */
  observe(id: string, observation: Observation, peersOf: (service: string) => readonly string[]): HealthChange | undefined;
  /** Why an instance counts as failing; undefined when it does not. */
  failing(id: string): { readonly reason: string; readonly atMs: number } | undefined;
  /** True while others are preferred. Never removes an instance: where all are demoted, all are tried. */
  isDemoted(id: string): boolean;
  /** A call goes to it. One call is enough to try a failing instance whose time is over: the others wait for what it finds. */
  chosen(id: string): void;
  forget(id: string): void;
}

/** One line for each thing that speaks against an instance; each is taken back for itself. */
interface HealthRecord {
  /** The answer of a health check. */
  notServing: string | undefined;
  /** Connections that failed, in a row. */
  misses: number;
  away: Rest | undefined;
  /** Calls that failed, in a row. */
  failures: number;
  ejections: number;
  ejected: Rest | undefined;
  atMs: number;
}

/** Time for which others are preferred, and then one call that finds out. */
interface Rest {
  readonly reason: string;
  /** 0: others are not preferred. */
  readonly lengthMs: number;
  untilMs: number;
  hasTrial: boolean;
}

/** Nothing speaks against anybody yet. */
export function createInstanceHealthBook(clock: Clock, limits: EjectionLimits = defaultEjectionLimits): InstanceHealthBook {
  const records = new Map<string, HealthRecord>();

  const restFor = (reason: string, lengthMs: number): Rest => ({ reason, lengthMs, untilMs: clock.nowMs() + lengthMs, hasTrial: false });
  const isResting = (rest: Rest | undefined): boolean => rest !== undefined && clock.nowMs() < rest.untilMs;

  function mayEject(id: string, peers: readonly string[]): boolean {
    const ejected = peers.filter((peer) => peer !== id && isResting(records.get(peer)?.ejected));
    return ejected.length + 1 <= Math.floor(peers.length * maxEjectedShare);
  }

  /** Counts a failed call; the line for the log when that is one too many. */
  function takeFailure(id: string, record: HealthRecord, reason: string, peers: () => readonly string[]): string | undefined {
    record.failures++;
    if (limits.ejectAfter === 0 || record.failures < limits.ejectAfter) return undefined;
    // Calls that were under way when it was left out say nothing new.
    if (isResting(record.ejected) && record.ejected?.hasTrial !== true) return undefined;
    const words = `${record.failures} calls in a row failed, the last one: ${reason}`;
    const isOut = mayEject(id, peers());
    record.ejected = restFor(words, isOut ? Math.min(maxEjectMs, limits.ejectMs * ++record.ejections) : 0);
    return isOut ? `${words}; left out for ${record.ejected.lengthMs / 1000} s` : `${words}; still called, for too few others are left`;
  }

  /** Changes the record; the line for the log. */
  function take(id: string, record: HealthRecord, observation: Observation, peersOf: (service: string) => readonly string[]): string {
    switch (observation.kind) {
      case "not-serving":
        record.notServing = observation.reason;
        return observation.reason;
      case "unreachable":
        record.away = restFor(observation.reason, Math.min(maxDemotionMs, firstDemotionMs * 2 ** Math.min(record.misses++, 16)));
        return observation.reason;
      case "failed":
        return takeFailure(id, record, observation.reason, () => peersOf(observation.service)) ?? "";
      case "serving":
        if (record.away !== undefined || record.notServing !== undefined || !isResting(record.ejected)) endEjection(record);
        record.notServing = undefined;
        endAbsence(record);
        return "its health check passes";
      case "reached":
        endAbsence(record);
        return "answers again";
      case "answered":
        endAbsence(record);
        endEjection(record);
        return "answers again";
    }
  }

  return {
    observe(id, observation, peersOf) {
      const isGood = observation.kind === "reached" || observation.kind === "answered" || observation.kind === "serving";
      const record = records.get(id) ?? (isGood ? undefined : newRecord());
      if (record === undefined) return undefined;
      const before = reasonOf(record);
      const detail = take(id, record, observation, peersOf);
      const after = reasonOf(record);
      if (!isGood) record.atMs = clock.nowMs();
      if (after === undefined && record.failures === 0) records.delete(id);
      else records.set(id, record);
      if (before === after) return undefined;
      if (before !== undefined && after !== undefined) return { kind: undefined, detail };
      return { kind: after === undefined ? "recovered" : "health-failed", detail };
    },
    failing(id) {
      const record = records.get(id);
      const reason = record === undefined ? undefined : reasonOf(record);
      return record === undefined || reason === undefined ? undefined : { reason, atMs: record.atMs };
    },
    isDemoted(id) {
      const record = records.size === 0 ? undefined : records.get(id);
      return record !== undefined && (record.notServing !== undefined || isResting(record.away) || isResting(record.ejected));
    },
    chosen(id) {
      const record = records.size === 0 ? undefined : records.get(id);
      if (record === undefined) return;
      for (const rest of [record.away, record.ejected]) {
        if (rest === undefined || isResting(rest)) continue;
        rest.untilMs = clock.nowMs() + rest.lengthMs;
        rest.hasTrial = true;
      }
    },
    forget(id) {
      records.delete(id);
    },
  };
}

function reasonOf({ notServing, away, ejected }: HealthRecord): string | undefined {
  return notServing ?? away?.reason ?? ejected?.reason;
}

function endAbsence(record: HealthRecord): void {
  record.misses = 0;
  record.away = undefined;
}

function endEjection(record: HealthRecord): void {
  record.failures = 0;
  record.ejections = 0;
  record.ejected = undefined;
}

function newRecord(): HealthRecord {
  return { notServing: undefined, misses: 0, away: undefined, failures: 0, ejections: 0, ejected: undefined, atMs: 0 };
}
