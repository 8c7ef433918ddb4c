import {
  buildConnectGet,
  codeFromHttpStatus,
  connectTimeoutFrom,
  createEnvelopeSplitter,
  envelopeFlags,
  grpcTimeoutFrom,
  headerValue,
  isConnectEndStream,
  isGrpcWebTrailers,
  outcomeFromConnectError,
  outcomeFromTrailers,
  outcomeOf,
  parseConnectEndStream,
  parseGrpcWebTrailers,
  parseRpcContentType,
  rpcContentType,
  splitUnaryTrailers,
  writeEnvelope,
  type Header,
  type Outcome,
} from "@rpcdeck/frames";
import { maxReceivedMessageBytes, type BrowserLeg, type LegListener, type LegRequest } from "./browser-leg.ts";
import { decompress, gzip, readAll } from "./streams-codec.ts";

/** What a call by `fetch` needs beside the common things: the first and only message, and how it is framed. */
export interface FetchRequest extends LegRequest {
  /** Origin of the gateway. */
  readonly origin: string;
  readonly protocol: "connect" | "grpc-web";
  /** rpcdeck-token; not part of what the page shows. */
  readonly token: string | undefined;
  readonly message: Uint8Array;
  /** Send by Connect GET. */
  readonly useGet: boolean;
}

/** More text than this of an answer that is no RPC's is not worth showing. */
const maxForeignText = 400;

/** Sends a unary call or a server stream as a real Connect or gRPC-Web request. `sent` is told the message's size on the wire. */
export function openFetchLeg(request: FetchRequest, listener: LegListener, sent: (wireSize: number) => void): BrowserLeg {
  const abort = new AbortController();
  const gate = createGate();
  const guarded: LegListener = {
    onSent: (headers) => {
      if (!abort.signal.aborted) listener.onSent(headers);
    },
    onHeaders: (headers) => {
      if (!abort.signal.aborted) listener.onHeaders(headers);
    },
    onMessage: (bytes, wireSize) => {
      if (!abort.signal.aborted) listener.onMessage(bytes, wireSize);
    },
    onEnd: (outcome) => {
      if (!abort.signal.aborted) listener.onEnd(outcome);
    },
  };
  void run(request, guarded, { signal: abort.signal, gate, sent })
    .catch((error: unknown) => faultOutcome(error, request.origin))
    .then((outcome) => {
      guarded.onEnd(outcome);
      abort.abort(); // a stream that was left in the middle holds a connection
    });
  return {
    send: () => {},
    halfClose: () => {},
    cancel() {
      abort.abort();
      gate.open();
    },
    pause: gate.close,
    resume: gate.open,
    consumed: () => {},
  };
}

interface Run {
  readonly signal: AbortSignal;
  readonly gate: Gate;
  readonly sent: (wireSize: number) => void;
}

async function run(request: FetchRequest, listener: LegListener, { signal, gate, sent }: Run): Promise<Outcome> {
  const message = request.encoding === "gzip" ? await gzip(request.message) : request.message;
  const isUnaryConnect = request.protocol === "connect" && request.kind === "unary";
  const headers = headersOf(request, isUnaryConnect);
  listener.onSent(headers);
  const get = isUnaryConnect && request.useGet;
  const query = get ? `?${buildConnectGet({ codec: request.codec, encoding: request.encoding || "identity", message })}` : "";
  const body = isUnaryConnect ? message : writeEnvelope(request.encoding === "" ? 0 : envelopeFlags.compressed, message);
  sent(message.length);
  const all = request.token === undefined ? headers : [...headers, ["rpcdeck-token", request.token] as const];
  const response = await fetch(request.origin + request.path + query, {
    method: get ? "GET" : "POST",
    headers: all.map(([name, value]): [string, string] => [name, value]),
    ...(get ? {} : { body: new Uint8Array(body) }),
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    signal,
  });
  const answer = [...response.headers].map(([name, value]): Header => [name, value]);
  const contentType = parseRpcContentType(response.headers.get("content-type") ?? "");
  if (isUnaryConnect) return readUnary(response, answer, contentType?.protocol === "connect-unary", request.codec, listener);
  const wanted = request.protocol === "connect" ? "connect-stream" : "grpc-web";
  if (response.status !== 200 || contentType?.protocol !== wanted) {
    listener.onHeaders(answer);
    return outcomeOfForeign(response, contentType?.protocol === "connect-unary");
  }
  listener.onHeaders(answer);
  return wanted === "grpc-web"
    ? readGrpcWeb(response, answer, listener, gate)
    : readEnvelopes(response, headerValue(answer, "connect-content-encoding") ?? "", listener, gate, {
        isLast: isConnectEndStream,
        outcome: (bytes) => parseConnectEndStream(bytes) ?? outcomeOf("internal", "the last message of the stream is no JSON object"),
        missing: "the stream ended without its last message",
      });
}

function headersOf(request: FetchRequest, isUnaryConnect: boolean): Header[] {
  const own: Header[] = [];
  if (request.protocol === "connect") {
    if (!(isUnaryConnect && request.useGet)) {
      own.push(["content-type", rpcContentType(isUnaryConnect ? "connect-unary" : "connect-stream", request.codec)]);
      own.push(["connect-protocol-version", "1"]);
      if (request.encoding !== "") own.push([isUnaryConnect ? "content-encoding" : "connect-content-encoding", request.encoding]);
    }
    if (!isUnaryConnect) own.push(["connect-accept-encoding", "gzip"]);
    if (request.timeoutMs !== undefined) own.push(["connect-timeout-ms", connectTimeoutFrom(request.timeoutMs)]);
  } else {
    own.push(["content-type", rpcContentType("grpc-web", request.codec)], ["x-grpc-web", "1"], ["grpc-accept-encoding", "gzip"]);
    if (request.encoding !== "") own.push(["grpc-encoding", request.encoding]);
    if (request.timeoutMs !== undefined) own.push(["grpc-timeout", grpcTimeoutFrom(request.timeoutMs)]);
  }
  return [...own, ...request.headers];
}

async function readUnary(
  response: Response,
  all: readonly Header[],
  isRpc: boolean,
  codec: string,
  listener: LegListener,
): Promise<Outcome> {
  const { headers, trailers } = splitUnaryTrailers(all);
  listener.onHeaders(headers);
  if (response.status !== 200) return { ...(await outcomeOfForeign(response, isRpc)), trailers };
  const type = response.headers.get("content-type") ?? "";
  if (!isRpc || parseRpcContentType(type)?.codec !== codec) {
    return outcomeOf("internal", `the answer is ${type === "" ? "without a content-type" : type} instead of application/${codec}`);
  }
  const body = await bodyOf(response);
  // Fetch undoes the content-encoding; what went over the wire is what content-length counts.
  const encoded = response.headers.has("content-encoding") ? Number(response.headers.get("content-length") ?? Number.NaN) : Number.NaN;
  listener.onMessage(body, Number.isNaN(encoded) ? body.length : encoded);
  return { ...outcomeOf("ok"), trailers };
}

async function readGrpcWeb(response: Response, headers: readonly Header[], listener: LegListener, gate: Gate): Promise<Outcome> {
  const trailersOnly = outcomeFromTrailers(headers);
  if (trailersOnly !== undefined) return trailersOnly;
  return readEnvelopes(response, headerValue(headers, "grpc-encoding") ?? "", listener, gate, {
    isLast: isGrpcWebTrailers,
    outcome: (bytes) => outcomeFromTrailers(parseGrpcWebTrailers(bytes)) ?? outcomeOf("unknown", "the trailers have no grpc-status"),
    missing: "the stream ended without trailers",
  });
}

interface LastMessage {
  isLast(flags: number): boolean;
  outcome(bytes: Uint8Array): Outcome;
  readonly missing: string;
}

async function readEnvelopes(response: Response, encoding: string, listener: LegListener, gate: Gate, last: LastMessage): Promise<Outcome> {
  const envelopes: { flags: number; bytes: Uint8Array }[] = [];
  let fault: Outcome | undefined;
  const splitter = createEnvelopeSplitter(maxReceivedMessageBytes, {
    onEnvelope: (flags, bytes) => envelopes.push({ flags, bytes }),
    onTooLarge(size) {
      fault = outcomeOf("resource_exhausted", `message of ${size} bytes is larger than the page's limit of ${maxReceivedMessageBytes}`);
    },
    onEnd(leftover) {
      if (leftover > 0) fault = outcomeOf("internal", `the stream ended inside a message, after ${leftover} bytes of it`);
    },
  });
  const reader = response.body?.getReader();
  let open = reader !== undefined;
  while (open || envelopes.length > 0) {
    for (const { flags, bytes } of envelopes.splice(0)) {
      const message = (flags & envelopeFlags.compressed) === 0 ? bytes : await undo(bytes, encoding);
      if (last.isLast(flags)) return last.outcome(message);
      listener.onMessage(message, bytes.length);
    }
    if (fault !== undefined) return fault;
    if (!open) break;
    await gate.passed();
    const read = await reader?.read();
    if (read === undefined || read.done) {
      open = false;
      splitter.end();
    } else splitter.push(read.value);
  }
  return fault ?? outcomeOf("internal", last.missing);
}

/** A message marked as compressed where no compression was named is taken as it is by no protocol: it is a fault. */
async function undo(bytes: Uint8Array, encoding: string): Promise<Uint8Array> {
  try {
    return await decompress(bytes, encoding, maxReceivedMessageBytes);
  } catch (error) {
    throw new BrokenAnswer(`a message cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** An answer that ended before the protocol began: a Connect error, or something that is no RPC's. */
async function outcomeOfForeign(response: Response, isConnectError: boolean): Promise<Outcome> {
  const body = await bodyOf(response);
  const fallback = codeFromHttpStatus(response.status);
  if (isConnectError) {
    const error = outcomeFromConnectError(body, fallback);
    if (error.message !== "" || error.details.length > 0 || body.length > 0) return { ...outcomeOf("unknown"), ...error };
  }
  const text = new TextDecoder().decode(body.subarray(0, maxForeignText)).trim();
  return outcomeOf(fallback, `HTTP status ${response.status}${text === "" ? "" : `: ${text}`}`);
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  try {
    return await readAll(response.body, maxReceivedMessageBytes);
  } catch (error) {
    if (error instanceof RangeError) throw new BrokenAnswer(`the answer is larger than the page's limit: ${error.message}`);
    throw error;
  }
}

class BrokenAnswer extends Error {}

function faultOutcome(error: unknown, origin: string): Outcome {
  if (error instanceof BrokenAnswer) return outcomeOf("internal", error.message);
  const reason = error instanceof Error ? error.message : String(error);
  return outcomeOf("unavailable", `no answer from the gateway at ${origin}: ${reason}`);
}

interface Gate {
  /** Settles while the gate is open. */
  passed(): Promise<void>;
  readonly open: () => void;
  readonly close: () => void;
}

function createGate(): Gate {
  let closed: { readonly passed: Promise<void>; readonly open: () => void } | undefined;
  return {
    passed: () => closed?.passed ?? Promise.resolve(),
    open() {
      closed?.open();
      closed = undefined;
    },
    close() {
      if (closed !== undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      closed = { passed: promise, open: resolve };
    },
  };
}
