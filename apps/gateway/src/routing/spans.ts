import { randomBytes } from "node:crypto";
import type { Header } from "@rpcdeck/frames";
import type { Call } from "../call/call.ts";
import type { RelayResult } from "../call/relay.ts";
import { traceContextFrom } from "../call/trace-context.ts";
import type { FinishedSpan } from "./otlp-exporter.ts";

/** The gateway's own part in distributed traces, with --otlp. */
export interface Spans {
  /** The metadata a backend gets: with the gateway's span as its parent, where the call is sampled or begins its trace here. */
  forwarded(call: Call): readonly Header[];
  traceIdOf(call: Call): string | undefined;
  /** The call ended. */
  end(call: Call, result: RelayResult): void;
}

/** A call's span while it runs. */
interface OpenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly metadata: readonly Header[];
  /** False where the caller's trace is not sampled: nothing is added to it. */
  readonly isSampled: boolean;
}

/** Spans of calls, each given to `finish` when its call has ended. A call without traceparent begins a trace. */
export function createSpans(finish: (span: FinishedSpan) => void): Spans {
  const open = new WeakMap<Call, OpenSpan>();

  function spanOf(call: Call): OpenSpan {
    const known = open.get(call);
    if (known !== undefined) return known;
    const begun = begin(call);
    open.set(call, begun);
    return begun;
  }

  return {
    forwarded: (call) => spanOf(call).metadata,
    traceIdOf: (call) => spanOf(call).traceId,
    end(call, result) {
      const { isSampled, metadata: _metadata, ...ids } = spanOf(call);
      if (isSampled) finish({ ...ids, call, result });
    },
  };
}

function begin(call: Call): OpenSpan {
  const parent = traceContextFrom(call.metadata);
  const spanId = randomBytes(8).toString("hex");
  if (parent?.isSampled === false) {
    return { traceId: parent.traceId, spanId, parentSpanId: parent.spanId, metadata: call.metadata, isSampled: false };
  }
  const traceId = parent?.traceId ?? randomBytes(16).toString("hex");
  const metadata: Header[] = call.metadata.filter(([name]) => name !== "traceparent");
  metadata.push(["traceparent", `00-${traceId}-${spanId}-01`]);
  return { traceId, spanId, parentSpanId: parent?.spanId, metadata, isSampled: true };
}
