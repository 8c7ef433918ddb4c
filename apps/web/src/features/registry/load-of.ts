import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Instance } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import type { Traffic } from "#data/traffic-feed.ts";
import { isInfrastructure, type Group } from "./registry-model.ts";

/** The time that shares and sparklines are about, in seconds. */
const windowSeconds = 60;

/** How much of a group's calls an instance took. */
export interface Load {
  /** 0 to 1; undefined where the group had no calls. */
  readonly share: number | undefined;
  /** Calls per second, oldest first, as far back as is known. */
  readonly perSecond: readonly number[];
}

/**
 * The load of an instance in its group. The gateway counts seconds by instance; of a service it tells the last 200 calls. So under a service an
 * instance with other services too is counted by those calls, which may reach back less than a minute.
 */
export function loadOf(instance: Instance, group: Group, traffic: Traffic | undefined, nowMs: number): Load {
  const own = traffic?.byInstance.get(instance.id);
  if (group.kind !== "service") {
    const all = group.instances.reduce((sum, other) => sum + (traffic?.byInstance.get(other.id)?.calls ?? 0), 0);
    return { share: all === 0 ? undefined : (own?.calls ?? 0) / all, perSecond: own?.callsPerSecond ?? [] };
  }
  const ages = (traffic?.ticksByService.get(group.name) ?? [])
    .map((tick) => ({ id: tick.instanceId, second: tick.at ? Math.floor((nowMs - timestampMs(tick.at)) / 1000) : windowSeconds }))
    .filter((tick) => tick.second < windowSeconds);
  if (ages.length === 0) return { share: undefined, perSecond: [] };
  const mine = ages.filter((tick) => tick.id === instance.id);
  const share = mine.length / ages.length;
  const services = instance.services.filter((name) => !isInfrastructure(name));
  if (services.length === 1 && own) return { share, perSecond: own.callsPerSecond };
  const perSecond = Array.from({ length: Math.max(...ages.map((tick) => tick.second), 1) + 1 }, () => 0);
  for (const tick of mine) {
    const place = perSecond.length - 1 - Math.max(0, tick.second);
    perSecond[place] = (perSecond[place] ?? 0) + 1;
  }
  return { share, perSecond };
}
