import {
  headerValue,
  outcomeOf,
  parseAcceptEncoding,
  parseConnectGet,
  parseConnectTimeout,
  parseGrpcTimeout,
  parseRpcContentType,
  rpcContentType,
  type Header,
  type Outcome,
  type RpcContentType,
} from "@rpcdeck/frames";
import type { Call, CallHead } from "../call/call.ts";
import { parseChoices, traceIdFrom } from "../call/choices.ts";
import { deadlineFrom } from "../call/deadline.ts";
import { requestMetadata } from "../call/metadata.ts";
import type { TraceHub } from "../call/trace-recorder.ts";
import { asSeenBy, outcomeFromFault } from "../errors/to-outcome.ts";
import { ConnectStreamCall } from "./connect-stream.ts";
import { ConnectUnaryCall } from "./connect-unary.ts";
import type { Exchange } from "./exchange.ts";
import { GrpcWebCall } from "./grpc-web.ts";
import { GrpcCall } from "./grpc.ts";
import { tooLarge, type HttpCallOptions } from "./http-call.ts";
import type { InboundLimits } from "./limits.ts";

/** What the codecs need beside the exchange. */
export interface AcceptOptions {
  readonly limits: InboundLimits;
  readonly traceHub: TraceHub;
  /** Takes the call. Called only for calls whose headers are in order. */
  readonly handleCall: (call: Call) => void;
  /** Told the HTTP status that stands for a call whose headers are not in order. */
  readonly onRefusal: (status: number) => void;
  /** Answers what is no RPC, as {@link plain} does. */
  readonly turnAway: typeof plain;
}

/** Counts calls whose own headers are wrong, whatever status their protocol has for that. */
const badRequest = 400;
/** Content types of POST that are RPCs, for 415 answers. */
const acceptPost = [
  "application/grpc",
  "application/grpc-web",
  "application/grpc-web-text",
  "application/connect+proto",
  "application/connect+json",
  "application/proto",
  "application/json",
].join(", ");

/**
 * Opens the call of an exchange whose path is `/Service/Method`. Which protocol: the content type of a POST, the query of a GET. What is no
 * RPC gets 405 (other verbs), 415 (other content types) or 505 (gRPC over HTTP/1.1).
 */
export function acceptRpc(exchange: Exchange, path: string, options: AcceptOptions): void {
  if (exchange.method === "POST") {
    const value = headerValue(exchange.headers, "content-type") ?? "";
    const type = parseRpcContentType(value);
    if (type === undefined) {
      const what = value === "" ? "a request without content type" : `content type ${value}`;
      options.turnAway(exchange, 415, `${what} is no RPC; one of ${acceptPost} is`, [["accept-post", acceptPost]]);
    } else acceptPostRpc(exchange, path, type, value, options);
  } else if (exchange.method === "GET") acceptGet(exchange, path, options);
  else options.turnAway(exchange, 405, `${exchange.method} is no verb of an RPC; POST and GET are`, [["allow", "GET, POST"]]);
}

function acceptPostRpc(exchange: Exchange, path: string, type: RpcContentType, contentType: string, options: AcceptOptions): void {
  const { headers } = exchange;
  const version = exchange.http === "2" ? "HTTP/2" : "HTTP/1.1";
  switch (type.protocol) {
    case "grpc": {
      if (exchange.http !== "2") {
        options.turnAway(exchange, 505, "gRPC needs HTTP/2; gRPC-Web and Connect work over HTTP/1.1");
        return;
      }
      const { head, problem } = grpcHead(headers, path, type.codec);
      start(new GrpcCall(callOptions(exchange, head, `gRPC over ${version}`, contentType, options)), problem, options);
      return;
    }
    case "grpc-web":
    case "grpc-web-text": {
      const text = type.protocol === "grpc-web-text";
      const { head, problem } = grpcHead(headers, path, type.codec);
      const protocol = `gRPC-Web${text ? " text" : ""} over ${version}`;
      start(new GrpcWebCall(callOptions(exchange, head, protocol, contentType, options), text ? "text" : "binary"), problem, options);
      return;
    }
    case "connect-stream": {
      const { head, problem } = connectHead(headers, path, {
        codec: type.codec,
        kind: undefined,
        encoding: headerValue(headers, "connect-content-encoding"),
        accept: headerValue(headers, "connect-accept-encoding"),
      });
      const answerType = rpcContentType("connect-stream", type.codec);
      start(new ConnectStreamCall(callOptions(exchange, head, `Connect stream over ${version}`, answerType, options)), problem, options);
      return;
    }
    case "connect-unary": {
      const { head, problem } = connectHead(headers, path, {
        codec: type.codec,
        kind: "unary",
        encoding: headerValue(headers, "content-encoding"),
        accept: headerValue(headers, "accept-encoding"),
      });
      const length = Number(headerValue(headers, "content-length") ?? 0);
      const { maxMessageBytes } = options.limits;
      const size = length > maxMessageBytes ? tooLarge(length, maxMessageBytes) : undefined;
      const answerType = rpcContentType("connect-unary", type.codec);
      start(new ConnectUnaryCall(callOptions(exchange, head, `Connect over ${version}`, answerType, options)), problem ?? size, options);
      return;
    }
  }
}

function acceptGet(exchange: Exchange, path: string, options: AcceptOptions): void {
  const question = exchange.target.indexOf("?");
  const query = parseConnectGet(question === -1 ? "" : exchange.target.slice(question + 1));
  if (query.kind === "problem") {
    // A browser that opens the address, or a wrong verb: in both cases POST is what works.
    options.turnAway(exchange, question === -1 ? 405 : 400, `${path} is an RPC. As a Connect GET: ${query.message}`, [
      ["allow", "GET, POST"],
    ]);
    return;
  }
  const { codec, encoding, message } = query.get;
  if (codec !== "proto" && codec !== "json") {
    options.turnAway(exchange, 415, `codec ${codec} is none of a Connect GET; proto and json are`);
    return;
  }
  const { headers } = exchange;
  const { head, problem } = connectHead(headers, path, { codec, kind: "unary", encoding, accept: headerValue(headers, "accept-encoding") });
  const version = exchange.http === "2" ? "HTTP/2" : "HTTP/1.1";
  const answerType = rpcContentType("connect-unary", codec);
  const { maxMessageBytes } = options.limits;
  const size = message.length > maxMessageBytes ? tooLarge(message.length, maxMessageBytes) : undefined;
  const call = new ConnectUnaryCall(
    callOptions(exchange, { ...head, isGet: true }, `Connect GET over ${version}`, answerType, options),
    message,
  );
  start(call, problem ?? size, options);
}

function start(call: Call, problem: Outcome | undefined, options: AcceptOptions): void {
  if (problem === undefined) options.handleCall(call);
  else {
    options.onRefusal(badRequest);
    call.end(asSeenBy(call, problem));
  }
}

function callOptions(exchange: Exchange, head: CallHead, protocol: string, contentType: string, options: AcceptOptions): HttpCallOptions {
  const traceId = traceIdFrom(exchange.headers);
  return {
    exchange,
    head,
    protocol,
    contentType,
    limits: options.limits,
    trace: traceId === undefined ? undefined : options.traceHub.open(traceId, protocol),
    browser: exchange.headers.some(([name]) => name === "origin" || name === "sec-fetch-site"),
  };
}

/** The head of a call, and what is wrong with the headers that it was read from. */
export interface ParsedHead {
  readonly head: CallHead;
  readonly problem: Outcome | undefined;
}

/** The head of a gRPC or gRPC-Web call; a malformed timeout is a problem. */
export function grpcHead(headers: readonly Header[], path: string, codec: string): ParsedHead {
  const timeout = headerValue(headers, "grpc-timeout");
  const timeoutMs = timeout === undefined ? undefined : parseGrpcTimeout(timeout);
  const problem = timeout !== undefined && timeoutMs === undefined ? badTimeout("grpc-timeout", timeout) : undefined;
  const facts = {
    codec,
    kind: undefined,
    timeoutMs,
    encoding: headerValue(headers, "grpc-encoding"),
    accept: headerValue(headers, "grpc-accept-encoding"),
  };
  return { head: headFrom(headers, path, facts), problem };
}

function connectHead(headers: readonly Header[], path: string, facts: Omit<HeadFacts, "timeoutMs">): ParsedHead {
  const timeout = headerValue(headers, "connect-timeout-ms");
  const timeoutMs = timeout === undefined ? undefined : parseConnectTimeout(timeout);
  const version = headerValue(headers, "connect-protocol-version");
  let problem: Outcome | undefined;
  if (timeout !== undefined && timeoutMs === undefined) problem = badTimeout("connect-timeout-ms", timeout);
  else if (version !== undefined && version !== "1") {
    problem = outcomeOf("invalid_argument", `connect-protocol-version ${version} is not 1, the only version`);
  }
  return { head: headFrom(headers, path, { ...facts, timeoutMs }), problem };
}

/** What a protocol says about a call in its own headers. */
interface HeadFacts {
  readonly codec: string;
  readonly kind: CallHead["kind"];
  readonly timeoutMs: number | undefined;
  readonly encoding: string | undefined;
  readonly accept: string | undefined;
}

/** The neutral head of a call, from request headers and what a protocol says about itself. */
function headFrom(headers: readonly Header[], path: string, facts: HeadFacts): CallHead {
  const slash = path.indexOf("/", 1);
  return {
    path,
    service: path.slice(1, slash),
    method: path.slice(slash + 1),
    metadata: requestMetadata(headers),
    deadlineMs: facts.timeoutMs === undefined ? undefined : deadlineFrom(facts.timeoutMs),
    codec: facts.codec,
    encoding: facts.encoding?.trim().toLowerCase() || "identity",
    acceptEncodings: facts.accept === undefined ? [] : parseAcceptEncoding(facts.accept),
    kind: facts.kind,
    choices: parseChoices(headers),
  };
}

function badTimeout(name: string, value: string): Outcome {
  return outcomeFromFault("request_malformed", `${name} ${value} is no timeout`);
}

/** A short answer in words for what is no RPC. */
export function plain(exchange: Exchange, status: number, text: string, headers: readonly Header[] = []): void {
  const head: Header[] = [["content-type", "text/plain; charset=utf-8"], ["x-content-type-options", "nosniff"], ...pageless, ...headers];
  exchange.answer(status, head, Buffer.from(`${text}\n`));
}

const pageless: readonly Header[] = [["content-security-policy", "default-src 'none'; frame-ancestors 'none'"]];
