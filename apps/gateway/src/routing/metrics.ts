import { codeNames, nameFromCode } from "@rpcdeck/frames";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CallHead } from "../call/call.ts";
import type { RelayResult } from "../call/relay.ts";
import type { Connections } from "../net/connections.ts";

/** Figures for Prometheus. */
export interface Metrics {
  record(call: CallHead, result: RelayResult): void;
  /** The exposition text of /-/metrics. */
  text(): Promise<string>;
  readonly contentType: string;
  readonly registry: Registry;
}

/** Upper bounds of the call times in seconds. */
const timeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Services with figures of their own; further ones count as "other", so that callers cannot fill the memory. */
const maxServices = 500;

/** Metrics of one gateway. Only services that had an instance get a label of their own. */
export function createMetrics(connections: Pick<Connections, "counts">): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const calls = new Counter({
    name: "rpcdeck_calls_total",
    help: "Calls that ended, by service and status.",
    labelNames: ["service", "code"] as const,
    registers: [registry],
  });
  const times = new Histogram({
    name: "rpcdeck_call_seconds",
    help: "Time of a call from its headers to its end.",
    labelNames: ["service"] as const,
    buckets: timeBuckets,
    registers: [registry],
  });
  const attempts = new Counter({
    name: "rpcdeck_extra_attempts_total",
    help: "Attempts beyond the first of a call.",
    registers: [registry],
  });
  const messages = new Counter({
    name: "rpcdeck_messages_total",
    help: "Messages relayed, by direction.",
    labelNames: ["direction"] as const,
    registers: [registry],
  });
  new Gauge({
    name: "rpcdeck_backend_connections",
    help: "Open HTTP/2 connections to backends.",
    registers: [registry],
    collect() {
      this.set(connections.counts().connections);
    },
  });
  new Gauge({
    name: "rpcdeck_backend_exchanges",
    help: "Requests to backends, under way and waiting.",
    labelNames: ["state"] as const,
    registers: [registry],
    collect() {
      const { running, waiting } = connections.counts();
      this.set({ state: "running" }, running);
      this.set({ state: "waiting" }, waiting);
    },
  });
  const requests = messages.labels("request");
  const responses = messages.labels("response");
  type Children = { readonly byCode: readonly { inc(): void }[]; readonly time: { observe(seconds: number): void } };
  const children = new Map<string, Children>();

  function childrenOf(service: string): Children {
    const known = children.get(service);
    if (known !== undefined) return known;
    if (children.size >= maxServices && service !== "other") return childrenOf("other");
    const made = { byCode: codeNames.map((code) => lazily(() => calls.labels(service, code))), time: times.labels(service) };
    children.set(service, made);
    return made;
  }

  return {
    record(call, result) {
      const { byCode, time } = childrenOf(result.instance === undefined ? "unrouted" : call.service);
      byCode[codeNames.indexOf(nameFromCode(result.outcome.code))]?.inc();
      time.observe((result.endedMs - result.startedMs) / 1000);
      if (result.attempts > 1) attempts.inc(result.attempts - 1);
      if (result.requestMessages > 0) requests.inc(result.requestMessages);
      if (result.responseMessages > 0) responses.inc(result.responseMessages);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    registry,
  };
}

/** A counter that appears in the text with its first count only. */
function lazily(make: () => { inc(): void }): { inc(): void } {
  let made: { inc(): void } | undefined;
  return {
    inc() {
      made ??= make();
      made.inc();
    },
  };
}
