import { unknownMethodInfo } from "../errors/unknown-method-info.ts";
import type { Registry } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
} from "@connectrpc/connect";
import type { Compression, UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import {
  createEnvelopeSplitter,
  envelopeFlags,
  grpcTimeoutFrom,
  type Header,
  knownEncodings,
  type Outcome,
  outcomeFromTrailers,
  outcomeOf,
  rpcContentType,
  writeEnvelope,
} from "@rpcdeck/frames";
import type { LegListener, OutboundCall, OutboundCodec, OutboundLeg } from "../call/call.ts";
import { compress, decompress } from "../call/compression.ts";
import { outcomeFromFault, toConnectError, toOutcome } from "../errors/to-outcome.ts";
import { createByteQueue } from "./byte-queue.ts";
import { refuseLeg } from "./refuse-leg.ts";

/** Messages of our own services from this size on are compressed, where the caller reads a compression. */
const compressFromBytes = 1024;

/** Our own services, as legs see them. */
export interface LocalServicesOptions {
  /** Registers the services. Called once, with the first call. */
  readonly routes: (router: ConnectRouter) => void;
  /** Types that google.protobuf.Any in JSON can hold. */
  readonly registry: Registry;
  /** Largest message, decompressed, in bytes. */
  readonly maxMessageBytes: number;
  /** A handler threw something that is no error of its contract: a bug to log. */
  readonly onBug: (error: unknown, path: string) => void;
  /**
   * How long the headers of a bidi stream wait for its first request, in milliseconds, for services that set headers by what they are asked.
   * Default 0: callers that wait for headers before they say anything have them at once.
   */
  readonly bidiHeadersWaitMs?: number;
  /** Aborted when the gateway ends: handlers' signals follow. */
  readonly shutdownSignal?: AbortSignal;
}

/**
 * The codec of the instances inside this process (protocol "local"). Calls go to connect-es handlers as gRPC frames in memory: no socket,
 * no copy of the call path's semantics, whatever protocol the caller speaks. Streams of answers have their headers as soon as their
 * implementation had a turn, a server stream one with its request; connect-es alone would hold them back until the first answer.
 */
export function createLocalCodec(options: LocalServicesOptions): OutboundCodec {
  let handlers: ReadonlyMap<string, UniversalHandler> | undefined;
  return {
    open(call, _instance, listener) {
      handlers ??= new Map(createHandlers(options).map((handler) => [handler.requestPath, handler]));
      const handler = handlers.get(call.path);
      if (handler === undefined) return refuseLeg(protocol, unknownMethod(call.path, [...handlers.keys()]), listener);
      if (call.codec !== "proto" && call.codec !== "json") {
        const message = `codec ${call.codec} is not understood by ${call.path}; it reads proto and json`;
        return refuseLeg(protocol, outcomeOf("unimplemented", message), listener);
      }
      return startLeg(handler, call, listener, options);
    },
  };
}

/** How this leg is spoken, in words. */
const protocol = "in process";

/** What a leg is told by the handler that it calls. */
interface HandlerListener {
  onStart(context: HandlerContext): void;
  /** The implementation of a stream gets its first request. */
  onFirstRequest(): void;
}

const listenerKey = createContextKey<HandlerListener>({ onStart: () => undefined, onFirstRequest: () => undefined });

function createHandlers(options: LocalServicesOptions): UniversalHandler[] {
  const router = createConnectRouter({
    connect: false,
    grpcWeb: false,
    readMaxBytes: options.maxMessageBytes,
    acceptCompression: compressions,
    compressMinBytes: compressFromBytes,
    jsonOptions: { registry: options.registry },
    interceptors: [faultInterceptor(options.onBug)],
    requestGate: (context) => {
      context.values.get(listenerKey).onStart(context);
    },
    ...(options.shutdownSignal === undefined ? {} : { shutdownSignal: options.shutdownSignal }),
  });
  options.routes(router);
  return router.handlers;
}

const compressions: Compression[] = knownEncodings.map((name) => ({
  name,
  compress: async (bytes) => new Uint8Array(await compress(bytes, name)),
  decompress: async (bytes, maxBytes) => {
    try {
      return new Uint8Array(await decompress(bytes, name, maxBytes));
    } catch (error) {
      // As connect-es says it of messages that are not compressed: status and words, no detail that only the page understands.
      const { message, code } = toOutcome(error);
      throw new ConnectError(message, code);
    }
  },
}));

/** Gives faults of the gateway their status, and tells bugs to the log. */
function faultInterceptor(onBug: (error: unknown, path: string) => void): Interceptor {
  return (next) => async (request) => {
    const path = `/${request.service.typeName}/${request.method.name}`;
    const convert = (error: unknown): ConnectError => {
      const converted = toConnectError(isAbort(error) && request.signal.aborted ? whyAborted(request.signal) : error);
      if (converted.code === Code.Internal && converted !== error && !request.signal.aborted) onBug(error, path);
      return converted;
    };
    const listener = request.contextValues.get(listenerKey);
    try {
      const response = await next(
        request.stream ? { ...request, message: noticed(request.message, () => listener.onFirstRequest()) } : request,
      );
      return response.stream ? { ...response, message: catching(response.message, convert) } : response;
    } catch (error) {
      throw convert(error);
    }
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/**
 * Why a call was broken off: connect-es keeps the deadline too, and whichever timer comes first, the caller is told of the deadline and not of
 * the cancelling that its passing led to.
 */
function whyAborted({ reason }: AbortSignal): unknown {
  const isDeadline = reason instanceof ConnectError && reason.code === Code.DeadlineExceeded;
  return isDeadline ? new ConnectError("the deadline passed", Code.DeadlineExceeded) : reason;
}

async function* noticed<Message>(messages: AsyncIterable<Message>, onFirst: () => void): AsyncIterable<Message> {
  let isFirst = true;
  for await (const message of messages) {
    if (isFirst) onFirst();
    isFirst = false;
    yield message;
  }
}

async function* catching<Message>(messages: AsyncIterable<Message>, convert: (error: unknown) => ConnectError): AsyncIterable<Message> {
  try {
    yield* messages;
  } catch (error) {
    throw convert(error);
  }
}

function startLeg(handler: UniversalHandler, call: OutboundCall, listener: LegListener, options: LocalServicesOptions): OutboundLeg {
  const abort = new AbortController();
  const requests = createByteQueue(() => {
    if (!over) listener.onDrain();
  });
  let over = false;
  let headersSent = false;
  let paused = false;
  let onResume: (() => void) | undefined;
  let deadlineTimer: NodeJS.Timeout | undefined;
  let headersTimer: NodeJS.Timeout | undefined;

  const splitter = createEnvelopeSplitter(Number.MAX_SAFE_INTEGER, {
    onEnvelope(flags, bytes) {
      if (!over) listener.onFrame({ compressed: (flags & envelopeFlags.compressed) !== 0, bytes });
    },
    onTooLarge: () => undefined,
    onEnd: () => undefined,
  });

  function close(): void {
    over = true;
    clearTimeout(deadlineTimer);
    clearTimeout(headersTimer);
    onResume?.();
  }

  function breakOff(reason: ConnectError): void {
    close();
    requests.fail(reason);
    abort.abort(reason);
  }

  function finish(outcome: Outcome): void {
    if (over) return;
    close();
    requests.close();
    listener.onOutcome(outcome, { unseen: false, local: false });
  }

  function sendHeaders(headers: Headers | undefined): void {
    if (over || headersSent) return;
    headersSent = true;
    clearTimeout(headersTimer);
    const list = headersOf(headers);
    call.trace?.headers("outbound", "response", [[":status", "200"], ...list]);
    const encoding = list.find(([name]) => name === "grpc-encoding")?.[1] ?? "identity";
    listener.onHeaders(
      list.filter(([name]) => !protocolHeaders.has(name)),
      encoding,
    );
  }

  async function run(): Promise<void> {
    const header = requestHeaders(call);
    call.trace?.headers("outbound", "request", [[":method", "POST"], [":path", call.path], ...headersOf(header)]);
    const { methodKind } = handler.method;
    const isAnsweredOnce = methodKind === "unary" || methodKind === "client_streaming";
    let responseHeader: Headers | undefined;
    const contextValues = createContextValues().set(listenerKey, {
      onStart(context) {
        ({ responseHeader } = context);
        if (methodKind === "bidi_streaming") headersTimer = setTimeout(() => sendHeaders(responseHeader), options.bidiHeadersWaitMs ?? 0);
      },
      onFirstRequest() {
        if (!isAnsweredOnce) setImmediate(() => sendHeaders(responseHeader));
      },
    });
    const request: UniversalServerRequest = {
      httpVersion: "2.0",
      method: "POST",
      url: `http://gateway${call.path}`,
      header,
      body: requests,
      signal: abort.signal,
      contextValues,
    };
    const response = await handler(request);
    if (response.status !== 200) return finish(outcomeOf("unimplemented", `the gateway's handler answered HTTP ${response.status}`));
    const chunks = (response.body ?? noBody)[Symbol.asyncIterator]();
    for (;;) {
      const next = await chunks.next();
      while (paused && !over) await new Promise<void>((resume) => (onResume = resume));
      if (next.done === true) break;
      sendHeaders(response.header);
      call.trace?.data("outbound", "response", next.value);
      if (!over) splitter.push(next.value);
      if (over) {
        await chunks.return?.(undefined);
        return;
      }
    }
    const trailers = headersOf(response.trailer);
    if (!headersSent) call.trace?.headers("outbound", "response", [[":status", "200"], ...headersOf(response.header)]);
    call.trace?.trailers("outbound", "response", trailers);
    call.trace?.end("outbound", "response");
    const headers = headersSent ? [] : headersOf(response.header).filter(([name]) => !protocolHeaders.has(name));
    finish(outcomeFromTrailers(trailers, headers) ?? outcomeOf("internal", "the gateway's handler ended without a status"));
  }

  queueMicrotask(() => {
    if (over) return;
    if (call.deadlineMs !== undefined) {
      const leftMs = Math.max(0, call.deadlineMs - performance.now());
      deadlineTimer = setTimeout(() => {
        if (over) return;
        breakOff(new ConnectError("the deadline passed", Code.DeadlineExceeded));
        listener.onOutcome(outcomeOf("deadline_exceeded", "the deadline passed"), { unseen: false, local: false });
      }, leftMs);
    }
    listener.onOpen();
    run().catch((error: unknown) => {
      if (!over) options.onBug(error, call.path);
      finish(toOutcome(error));
    });
  });

  return {
    protocol,
    write(frame) {
      if (over) return true;
      const envelope = writeEnvelope(frame.compressed ? envelopeFlags.compressed : 0, frame.bytes);
      call.trace?.data("outbound", "request", envelope);
      return requests.push(envelope);
    },
    end() {
      if (over) return;
      call.trace?.end("outbound", "request");
      requests.close();
    },
    cancel() {
      if (over) return;
      call.trace?.aborted("outbound", "request", "cancelled");
      breakOff(new ConnectError("the call was cancelled", Code.Canceled));
    },
    pauseResponses() {
      paused = true;
    },
    resumeResponses() {
      paused = false;
      onResume?.();
    },
  };
}

const noBody: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

const protocolHeaders: ReadonlySet<string> = new Set(["content-type", "grpc-encoding", "grpc-accept-encoding"]);

function requestHeaders(call: OutboundCall): Headers {
  const headers = new Headers({ "content-type": rpcContentType("grpc", call.codec), te: "trailers" });
  for (const [name, value] of call.metadata) {
    try {
      headers.append(name, value);
    } catch {
      // Not a valid header: a handler of ours could not have seen it over HTTP either.
    }
  }
  if (call.encoding !== "identity") headers.set("grpc-encoding", call.encoding);
  headers.set("grpc-accept-encoding", call.acceptEncodings.length === 0 ? "identity" : call.acceptEncodings.join(","));
  if (call.deadlineMs !== undefined) headers.set("grpc-timeout", grpcTimeoutFrom(call.deadlineMs - performance.now()));
  return headers;
}

function headersOf(headers: Headers | undefined): Header[] {
  const list: Header[] = [];
  headers?.forEach((value, name) => list.push([name, value]));
  return list;
}

function unknownMethod(path: string, known: readonly string[]): Outcome {
  const service = path.slice(1, path.lastIndexOf("/"));
  const method = path.slice(path.lastIndexOf("/") + 1);
  const methods = known.filter((candidate) => candidate.startsWith(`/${service}/`)).map((candidate) => candidate.slice(service.length + 2));
  return methods.length === 0
    ? outcomeFromFault("unknown_service", `the gateway has no service ${service}`)
    : outcomeFromFault("unknown_method", `${service} has no method ${method}`, unknownMethodInfo(method, methods));
}
