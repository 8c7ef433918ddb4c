import http from "node:http";
import { GatewayError } from "../errors/gateway-error.ts";
import { headerProblem, headersFromRaw, type Exchange, type ExchangeListener, type ExchangeRequest } from "./exchange.ts";
import { describeNetError } from "./net-error.ts";
import { type CertificateAsked, certificateAsked, withCertificateAsked } from "./tls.ts";

/** What an HTTP/1.1 exchange needs to know of its surroundings. */
export interface H1ExchangeContext {
  readonly agent: http.Agent;
  /** Named in errors. */
  readonly address: string;
  readonly authority: string;
  /** Whether a 400 means that the server wanted TLS; undefined once the server was found to speak HTTP/1.1. */
  readonly explainBadRequest: (() => Promise<GatewayError | undefined>) | undefined;
  /** Called when an answer begins: the server speaks HTTP/1.1. */
  readonly onAnswer: () => void;
  /** Called once when the exchange no longer uses the backend. */
  readonly onClosed: () => void;
}

/** Starts a POST on a kept-alive HTTP/1.1 connection, full duplex: the answer may come before the request has ended. Never throws. */
export function openH1Exchange(request: ExchangeRequest, context: H1ExchangeContext, listener: ExchangeListener): Exchange {
  const { address } = context;
  const headers: string[] = ["host", context.authority];
  for (const [name, value] of request.headers) headers.push(name, value);

  let state: "open" | "over" = "open";
  let connected = false;
  let response: http.IncomingMessage | undefined;
  let paused = false;
  let closed = false;
  let isAsking = false;
  let asked: CertificateAsked = "no";
  const release = (): void => {
    if (closed) return;
    closed = true;
    context.onClosed();
  };
  const fail = (error: GatewayError, unseen: boolean): void => {
    if (state === "over") return;
    state = "over";
    release(); // before anybody hears of it, and so before the next call
    listener.onFault({ error, unseen, refused: undefined, resetCode: undefined });
  };

  let outgoing: http.ClientRequest;
  try {
    outgoing = http.request({ agent: context.agent, method: "POST", path: request.path, headers });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    queueMicrotask(() => {
      release();
      fail(new GatewayError("backend_reset", `${address}: ${why}`), true);
    });
    return { write: () => true, end() {}, cancel: () => (state = "over"), pause() {}, resume() {} } satisfies Exchange;
  }

  outgoing.on("socket", (socket) => {
    connected = true;
    if (context.explainBadRequest !== undefined) asked = certificateAsked(socket); // later it has been content with what was shown
    queueMicrotask(() => {
      if (state === "open") listener.onOpen("http/1.1");
    });
  });
  outgoing.on("drain", () => {
    if (state === "open") listener.onDrain();
  });
  outgoing.on("error", (error) => {
    if (error instanceof GatewayError) return fail(error, !connected);
    const why = error.message === "socket hang up" ? "closed the connection without an answer" : describeNetError(error);
    const reason = `${address}: ${response === undefined ? withCertificateAsked(why, asked) : why}`;
    fail(new GatewayError(connected ? "backend_reset" : "target_unreachable", reason, { cause: error }), !connected);
  });
  outgoing.once("close", () => {
    if (isAsking) return; // the answer is there, and is taken once it is known what it means
    release();
    if (response?.complete === true) return; // all of it is there, and waits for a reader that paused
    fail(new GatewayError("backend_reset", `${address}: closed the connection without an answer`), !connected);
  });
  outgoing.on("response", (incoming) => {
    if (incoming.statusCode !== 400 || context.explainBadRequest === undefined) return accept(incoming);
    isAsking = true;
    incoming.on("error", () => undefined); // `accept` finds it incomplete
    void context.explainBadRequest().then((explained) => {
      isAsking = false;
      if (explained === undefined && state === "open") accept(incoming);
      else outgoing.destroy();
      if (explained !== undefined) fail(explained, true); // no application saw it
      if (outgoing.closed) release();
    });
  });
  function accept(incoming: http.IncomingMessage): void {
    response = incoming;
    context.onAnswer();
    incoming.on("error", (error) => {
      fail(new GatewayError("backend_reset", `${address}: ${describeNetError(error)}`, { cause: error }), false);
    });
    if (state === "over") return void incoming.destroy();
    const problem = headerProblem(incoming.rawHeaders);
    if (problem !== undefined) {
      fail(new GatewayError("backend_malformed", `${address}: sent ${problem}`), false);
      return void outgoing.destroy();
    }
    listener.onHeaders(incoming.statusCode ?? 0, headersFromRaw(incoming.rawHeaders));
    if (paused) incoming.pause();
    incoming.on("data", (chunk: Buffer) => {
      if (state === "open") listener.onData(chunk);
    });
    if (paused) incoming.pause(); // adding a data listener starts the flow unless it was paused before
    incoming.on("end", () => {
      if (state === "over") return;
      if (!incoming.complete) return fail(new GatewayError("backend_reset", `${address}: closed the connection in the middle`), false);
      state = "over";
      if (!outgoing.writableEnded) outgoing.destroy(); // answered before the request ended: the connection cannot be used again
      listener.onEnd(headersFromRaw(incoming.rawTrailers));
    });
  }
  if (!request.headers.some(([name]) => name === "content-length")) outgoing.flushHeaders();

  return {
    write(bytes) {
      return state === "open" && !outgoing.writableEnded ? outgoing.write(bytes) : true;
    },
    end(bytes) {
      if (state === "over" || outgoing.writableEnded) return;
      if (bytes === undefined) outgoing.end();
      else outgoing.end(bytes);
    },
    cancel() {
      if (state === "over") return;
      state = "over";
      outgoing.destroy();
      release();
    },
    pause() {
      paused = true;
      response?.pause();
    },
    resume() {
      paused = false;
      response?.resume();
    },
  };
}
