import { Code } from "@connectrpc/connect";
import type { Call } from "../call/call.ts";
import type { RelayResult } from "../call/relay.ts";

/** A span that ended. */
export interface FinishedSpan {
  /** 32 and 16 hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly call: Pick<Call, "service" | "method" | "protocol" | "peer">;
  readonly result: RelayResult;
}

/** Sends spans to an OpenTelemetry collector. */
export interface OtlpExporter {
  /** Queues a span; where the queue is full it is dropped, and counted. */
  add(span: FinishedSpan): void;
  /** Spans that were not sent. */
  dropped(): number;
  /** Sends what is queued, in one try, and stops. */
  close(): Promise<void>;
}

/** Where and as whom. */
export interface OtlpOptions {
  /** The collector's address for traces, such as `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly version: string;
  /** Unique for this run. */
  readonly instanceId: string;
  /** Told once when sending begins to fail, in one line; and again after it went well in between. */
  readonly onProblem: (problem: string) => void;
}

/** Spans in one request. */
const batchSize = 512;
/** Spans that wait; the queue is bounded so that a collector that is away costs no memory. */
export const maxQueuedSpans = 4_096;
/** How often spans are sent, and how long an answer may take, in milliseconds. */
const intervalMs = 2_000;
const timeoutMs = 5_000;
/** Statuses after which the same spans are sent again (OTLP/HTTP, Retryable Response Codes). */
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Statuses that are the server's fault (OpenTelemetry, semantic conventions for gRPC). */
const serverErrors: ReadonlySet<number> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);
const [kindServer, statusUnset, statusError] = [2, 0, 2];

/** An exporter that speaks OTLP over HTTP in JSON (OpenTelemetry protocol 1.x). Its timer keeps no process alive. */
export function createOtlpExporter(options: OtlpOptions): OtlpExporter {
  let queue: FinishedSpan[] = [];
  let dropped = 0;
  let sending: Promise<void> | undefined;
  let isFailing = false;

  /** Answers whether the spans are off our hands. */
  async function send(spans: readonly FinishedSpan[]): Promise<boolean> {
    let problem: string;
    let isLost = false;
    try {
      const response = await fetch(options.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(exportRequest(spans, options)),
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.arrayBuffer();
      if (response.ok) {
        isFailing = false;
        return true;
      }
      problem = `HTTP ${response.status}`;
      isLost = !retryableStatuses.has(response.status);
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      problem = cause instanceof Error ? cause.message : String(cause);
    }
    if (!isFailing) options.onProblem(`${options.url}: ${problem}`);
    isFailing = true;
    if (isLost) dropped += spans.length;
    return isLost;
  }

  async function flush(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.slice(0, batchSize);
      if (!(await send(batch))) return; // they stay first in the queue
      queue = queue.slice(batch.length);
    }
  }

  function start(): Promise<void> {
    sending ??= flush().finally(() => {
      sending = undefined;
    });
    return sending;
  }

  const timer = setInterval(() => void start(), intervalMs);
  timer.unref();
  return {
    add(span) {
      if (queue.length >= maxQueuedSpans) {
        dropped++;
        return;
      }
      queue.push(span);
      if (queue.length === batchSize && !isFailing) void start();
    },
    dropped: () => dropped,
    async close() {
      clearInterval(timer);
      await sending;
      await start();
      dropped += queue.length;
      queue = [];
    },
  };
}

function exportRequest(spans: readonly FinishedSpan[], { version, instanceId }: OtlpOptions): object {
  const resource = { "service.name": "rpcdeck", "service.version": version, "service.instance.id": instanceId };
  return {
    resourceSpans: [
      { resource: { attributes: attributes(resource) }, scopeSpans: [{ scope: { name: "rpcdeck", version }, spans: spans.map(spanOf) }] },
    ],
  };
}

function spanOf({ traceId, spanId, parentSpanId, call, result }: FinishedSpan): object {
  const { outcome, instance } = result;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: `${call.service}/${call.method}`,
    kind: kindServer,
    startTimeUnixNano: unixNano(result.startedMs),
    endTimeUnixNano: unixNano(result.endedMs),
    attributes: attributes({
      "rpc.system": call.protocol.startsWith("Connect") ? "connect_rpc" : "grpc",
      "rpc.service": call.service,
      "rpc.method": call.method,
      "rpc.grpc.status_code": outcome.code,
      "client.address": call.peer,
      "server.address": instance?.address,
      "rpcdeck.protocol": call.protocol,
      "rpcdeck.instance": instance?.id,
      "rpcdeck.attempts": result.attempts,
      "rpcdeck.tier": result.tier,
      "rpcdeck.request.messages": result.requestMessages,
      "rpcdeck.request.bytes": result.requestBytes,
      "rpcdeck.response.messages": result.responseMessages,
      "rpcdeck.response.bytes": result.responseBytes,
    }),
    status: { code: serverErrors.has(outcome.code) ? statusError : statusUnset },
  };
}

/** Attributes as OTLP has them in JSON: 64-bit integers are strings. Those that are undefined are left out. */
function attributes(values: Readonly<Record<string, string | number | undefined>>): object[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : { key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } },
  );
}

/** A time of the `performance.now()` clock in nanoseconds since 1970, in decimal. */
function unixNano(ms: number): string {
  return String(BigInt(Math.round((performance.timeOrigin + ms) * 1_000)) * 1_000n);
}
