/** One call that ended, as traffic counts it. */
export interface TrafficCall {
  readonly service: string;
  readonly instanceId: string;
  /** gRPC status code. */
  readonly code: number;
  /** It did not end OK, and it was not its caller that ended it. */
  readonly hasFailed: boolean;
  readonly elapsedMs: number;
}

/** The last 60 seconds of one instance. */
export interface InstanceTraffic {
  readonly instanceId: string;
  /** Calls per second, oldest first, 60 entries. */
  readonly callsPerSecond: readonly number[];
  readonly calls: number;
  /** How many did not end OK; those that their caller ended are none of them. */
  readonly errors: number;
  /** Median time of a call in milliseconds; undefined without calls. */
  readonly p50Ms: number | undefined;
}

/** One call, for the ticks of a service. */
export interface TrafficTick {
  /** Counts up over all calls. */
  readonly seq: number;
  readonly service: string;
  readonly instanceId: string;
  readonly code: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** What calls went where. */
export interface TrafficSnapshot {
  /** Instances with calls in the last 60 seconds. */
  readonly instances: readonly InstanceTraffic[];
  /** The last 200 calls of each service, oldest first. */
  readonly ticks: readonly TrafficTick[];
}

/** Counts calls by instance and by service, in bounded memory. */
export interface Traffic {
  record(call: TrafficCall): void;
  snapshot(): TrafficSnapshot;
}

/** Seconds that are kept. */
export const trafficSeconds = 60;
/** Calls kept for each service. */
export const ticksPerService = 200;
/** Times kept for the median of an instance. */
const maxTimes = 512;
/** Instances and services that are remembered; the one without calls for longest goes first. */
const maxKeys = 2048;

interface Counters {
  /** The second (since the epoch) each slot counts; slots are `second % 60`. */
  readonly seconds: Float64Array;
  readonly calls: Uint32Array;
  readonly errors: Uint32Array;
  readonly times: Float64Array;
  readonly timesAt: Float64Array;
  next: number;
}

/** Nothing counted yet. `now` is in milliseconds since the epoch. */
export function createTraffic(now: () => number = Date.now): Traffic {
  const instances = new Map<string, Counters>();
  const services = new Map<string, TrafficTick[]>();
  let seq = 0;

  return {
    record({ service, instanceId, code, hasFailed, elapsedMs }) {
      const atMs = now();
      const second = Math.floor(atMs / 1000);
      const counters = instances.get(instanceId) ?? added(instances, instanceId, newCounters);
      const slot = second % trafficSeconds;
      if (counters.seconds[slot] !== second) {
        counters.seconds[slot] = second;
        counters.calls[slot] = 0;
        counters.errors[slot] = 0;
      }
      counters.calls[slot] = (counters.calls[slot] ?? 0) + 1;
      if (hasFailed) counters.errors[slot] = (counters.errors[slot] ?? 0) + 1;
      counters.times[counters.next] = elapsedMs;
      counters.timesAt[counters.next] = second;
      counters.next = (counters.next + 1) % maxTimes;

      const ticks = services.get(service) ?? added(services, service, () => []);
      ticks.push({ seq: ++seq, service, instanceId, code, atMs });
      if (ticks.length >= ticksPerService * 2) ticks.splice(0, ticks.length - ticksPerService); // rarely, so that a call costs no shift
    },
    snapshot() {
      const second = Math.floor(now() / 1000);
      const first = second - trafficSeconds + 1;
      const list: InstanceTraffic[] = [];
      for (const [instanceId, counters] of instances) {
        const traffic = trafficOf(instanceId, counters, first, second);
        if (traffic.calls > 0) list.push(traffic);
        else instances.delete(instanceId);
      }
      const ticks = [...services.values()].flatMap((kept) => kept.slice(-ticksPerService));
      return { instances: list, ticks: ticks.toSorted((a, b) => a.seq - b.seq) };
    },
  };
}

function trafficOf(instanceId: string, counters: Counters, first: number, last: number): InstanceTraffic {
  const callsPerSecond: number[] = [];
  let calls = 0;
  let errors = 0;
  for (let second = first; second <= last; second++) {
    const slot = second % trafficSeconds;
    const isNow = counters.seconds[slot] === second;
    const count = isNow ? (counters.calls[slot] ?? 0) : 0;
    callsPerSecond.push(count);
    calls += count;
    if (isNow) errors += counters.errors[slot] ?? 0;
  }
  const times = counters.times.filter((_time, index) => (counters.timesAt[index] ?? 0) >= first).toSorted();
  return { instanceId, callsPerSecond, calls, errors, p50Ms: times[Math.floor(times.length / 2)] };
}

function newCounters(): Counters {
  return {
    seconds: new Float64Array(trafficSeconds),
    calls: new Uint32Array(trafficSeconds),
    errors: new Uint32Array(trafficSeconds),
    times: new Float64Array(maxTimes),
    timesAt: new Float64Array(maxTimes),
    next: 0,
  };
}

function added<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = make();
  map.set(key, value);
  if (map.size > maxKeys) map.delete(map.keys().next().value ?? "");
  return value;
}
