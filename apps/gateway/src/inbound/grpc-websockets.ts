import {
  headerValue,
  nameFromCode,
  outcomeOf,
  parseGrpcWebTrailers,
  parseRpcContentType,
  rpcContentType,
  trailersFromOutcome,
  writeGrpcWebTrailers,
  type Header,
  type Outcome,
} from "@rpcdeck/frames";
import type { WebSocket } from "ws";
import { traceIdFrom } from "../call/choices.ts";
import { asSeenBy, outcomeFromFault } from "../errors/to-outcome.ts";
import { grpcHead } from "./accept-rpc.ts";
import type { BodySink, Exchange } from "./exchange.ts";
import { GrpcWebCall } from "./grpc-web.ts";
import type { Guard } from "./guard.ts";
import { headersProblem } from "./headers-problem.ts";
import { keepPinged } from "./keep-pinged.ts";
import type { TunnelOptions } from "./tunnel.ts";

/** What a socket needs. */
export interface GrpcWebSocketOptions extends TunnelOptions {
  /** Told the HTTP status that stands for a call that is turned away. */
  readonly onRefusal: (status: number) => void;
}

/** A call that is turned away. */
interface Refusal {
  readonly status: number;
  readonly outcome: Outcome;
}

/** A socket with more than this queued is full. */
const fullBytes = 1024 * 1024;
/** The first message, the headers, must come within this time. */
const headersMs = 10_000;
/** First byte of a message from the client: a piece of the body follows, or the body is over. */
const [bodyFollows, bodyEnds] = [0, 1];

/**
 * The `grpc-websockets` subprotocol of improbable's grpc-web client: one call a socket. First the headers as `name: value` lines, then body
 * pieces behind a zero byte, then a one byte. Answers are a gRPC-Web body whose first frame holds the headers.
 */
export function serveGrpcWebSocket(socket: WebSocket, path: string, guard: Guard, options: GrpcWebSocketOptions): void {
  socket.on("error", () => {}); // "close" follows
  const timer = setTimeout(() => {
    socket.close(1002, "no headers came");
  }, headersMs);
  socket.once("close", () => {
    clearTimeout(timer);
  });
  keepPinged(socket, options.limits.tunnelPingMs);
  socket.once("message", (data) => {
    clearTimeout(timer);
    const headers = parseGrpcWebTrailers(data as Buffer);
    const refusal = refusalOf(headers, guard, options);
    if (refusal !== undefined) return turnAway(socket, refusal, options);
    const type = parseRpcContentType(headerValue(headers, "content-type") ?? "");
    if (type?.protocol !== "grpc-web") return turnAway(socket, unusableType(headers), options);
    const { head, problem } = grpcHead(headers, path, type.codec);
    const traceId = traceIdFrom(headers);
    const protocol = "gRPC-Web over WebSocket";
    const call = new GrpcWebCall(
      {
        exchange: new WebSocketExchange(socket, path, { headers, peer: options.peer }),
        head,
        protocol,
        contentType: rpcContentType("grpc-web", type.codec),
        limits: options.limits,
        trace: traceId === undefined ? undefined : options.traceHub.open(traceId, protocol),
        browser: false,
      },
      "binary",
    );
    if (problem === undefined) options.handleCall(call);
    else {
      options.onRefusal(400);
      call.end(asSeenBy(call, problem));
    }
  });
}

function refusalOf(headers: readonly Header[], guard: Guard, options: TunnelOptions): Refusal | undefined {
  if (!guard.isToken(headerValue(headers, "rpcdeck-token"))) {
    const words = "this gateway was started with --token; send it in the header rpcdeck-token";
    return { status: 401, outcome: outcomeOf("unauthenticated", words) };
  }
  if (options.isDraining()) {
    return { status: 503, outcome: outcomeFromFault("shutting_down", "the gateway is ending and takes no new calls") };
  }
  const tooMuch = headersProblem({ http: "2", headers }, options.limits); // nobody has counted them while they came
  return tooMuch === undefined ? undefined : { status: 431, outcome: outcomeFromFault("headers_too_large", tooMuch) };
}

function turnAway(socket: WebSocket, { status, outcome }: Refusal, options: GrpcWebSocketOptions): void {
  options.onRefusal(status);
  socket.send(writeGrpcWebTrailers(trailersFromOutcome(asSeenBy({ trace: undefined }, outcome))));
  socket.close(1000, nameFromCode(outcome.code));
}

function unusableType(headers: readonly Header[]): Refusal {
  const value = headerValue(headers, "content-type") ?? "";
  const what = value === "" ? "a call without content type" : `content type ${value.slice(0, 200)}`;
  const words = `${what} does not go over grpc-websockets; application/grpc-web, +proto and +json do`;
  return { status: 415, outcome: outcomeFromFault("request_malformed", words) };
}

/** A socket as an {@link Exchange}, so that it shares the gRPC-Web codec. */
class WebSocketExchange implements Exchange {
  readonly http = "1.1";
  readonly encrypted = false;
  readonly method = "POST";
  readonly target: string;
  readonly host = undefined;
  readonly peer: string | undefined;
  readonly headers: readonly Header[];
  onAbort: (note: string) => void = ignore;
  onDrain: () => void = ignore;
  readonly #socket: WebSocket;
  #sink: BodySink | undefined;
  #before: Buffer[] = [];
  #ended = false;
  #full = false;

  constructor(
    socket: WebSocket,
    target: string,
    { headers, peer }: { readonly headers: readonly Header[]; readonly peer: string | undefined },
  ) {
    this.target = target;
    this.peer = peer;
    this.headers = headers;
    this.#socket = socket;
    socket.on("message", (data) => {
      if (this.#sink === undefined) this.#before.push(data as Buffer);
      else this.#take(data as Buffer);
    });
    socket.once("close", () => {
      if (!this.#ended) this.onAbort("the caller closed the WebSocket");
    });
    socket.pause(); // until somebody reads the body
  }

  readBody(sink: BodySink): void {
    this.#sink = sink;
    for (const message of this.#before.splice(0)) this.#take(message);
    this.#socket.resume();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  respond(_status: number, headers: readonly Header[]): void {
    this.#send(writeGrpcWebTrailers(headers));
  }

  answer(_status: number, headers: readonly Header[], body?: Uint8Array): void {
    this.#send(writeGrpcWebTrailers(headers));
    this.end(body);
  }

  write(bytes: Uint8Array): boolean {
    this.#send(bytes);
    if (this.#socket.bufferedAmount > fullBytes) this.#full = true;
    return !this.#full;
  }

  end(bytes?: Uint8Array): void {
    if (this.#ended) return;
    if (bytes !== undefined) this.#send(bytes);
    this.#ended = true;
    this.#socket.resume(); // or the close handshake would wait for ever
    this.#socket.close(1000);
  }

  endWithTrailers(): void {
    this.end();
  }

  destroy(): void {
    this.#ended = true;
    this.#socket.terminate();
  }

  #take(message: Buffer): void {
    if (message[0] === bodyFollows) this.#sink?.onData(message.subarray(1));
    else if (message[0] === bodyEnds) this.#sink?.onEnd();
    else this.#socket.close(1002, "a message begins with neither 0 nor 1"); // which cancels the call
  }

  #send(bytes: Uint8Array): void {
    if (this.#ended || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(bytes, () => {
      if (!this.#full || this.#socket.bufferedAmount > 0) return;
      this.#full = false;
      this.onDrain();
    });
  }
}

function ignore(): void {}
