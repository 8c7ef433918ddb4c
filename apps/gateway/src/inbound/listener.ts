import http from "node:http";
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { createConnectionCap } from "./connection-cap.ts";
import { describeBytes } from "./describe-bytes.ts";
import type { Exchange } from "./exchange.ts";
import { Http1Exchange } from "./h1-exchange.ts";
import { Http2Exchange, type InboundConnection } from "./h2-exchange.ts";
import type { InboundLimits } from "./limits.ts";
import { peerOf } from "./peer-of.ts";
import { enhanceYourCalm, inadequateSecurity, refuseConnection } from "./refuse-connection.ts";

/** Takes a WebSocket upgrade of HTTP/1.1. */
export type HandleUpgrade = (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void;

/** The certificate that a port shows, and whether it asks for one. PEM texts. */
export interface InboundTls {
  readonly key: string;
  readonly cert: string;
  /** Callers must show a certificate that this authority signed; the port then refuses plaintext. Default: nobody is asked. */
  readonly clientCa?: string | undefined;
}

/** What a listener serves. */
export interface ListenerOptions {
  readonly limits: InboundLimits;
  /** Without it the port speaks plaintext only. */
  readonly tls: InboundTls | undefined;
  readonly handle: (exchange: Exchange) => void;
  readonly handleUpgrade: HandleUpgrade;
  /** True once callers should go elsewhere: answers over HTTP/1.1 then end their connection. */
  readonly isLeaving: () => boolean;
}

/** The one port. */
export interface Listener {
  readonly server: net.Server;
  /** Serves a connection that another process accepted, from its first byte on. */
  readonly accept: (socket: net.Socket) => void;
  /** Serves a connection of HTTP/1.1 that a worker passed on. */
  readonly acceptHttp1: (socket: net.Socket) => void;
  /** Open connections, WebSockets among those of HTTP/1.1; the ones that have not said their protocol are in none. */
  counts(): { readonly http1: number; readonly http2: number };
  /** Stops accepting and tells HTTP/2 peers to go elsewhere; what is under way goes on, and so do HTTP/1.1 connections that are busy. */
  drain(): void;
  /** Drains, lets running exchanges end, and cuts off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const tlsHandshakeByte = 0x16;
/** Receive window of one HTTP/2 stream. */
const streamWindowBytes = 1024 * 1024;
/** Receive window of a whole HTTP/2 connection. */
const connectionWindowBytes = 16 * 1024 * 1024;
/** Memory that node lets one HTTP/2 connection use, in MB: room for its window and for what waits to be sent. */
const sessionMemoryMb = 64;
/**
 * Streams that a client may cancel in one go on an HTTP/2 connection before it is told to go away (Rapid Reset). A reset costs the client
 * nothing and us a call, so the concurrency limit does not bound it.
 */
const streamResetBurst = 150;
/** Further cancels that it may add each second. */
const streamResetRate = 33;
/** Headers are read up to this many times their limit, so that those who send too much get to read why; above it the stream is reset. */
const readHeadersFactor = 2;
/** Connections that are being told why they are refused; further ones are closed without a word. */
const refusedAtOnce = 64;
/** A caller that is to be refused must say its protocol within this time in milliseconds, or goes without a word. */
const refusedSniffMs = 1_000;
/** How often HTTP/1.1 header times are checked. */
const checkIntervalMs = 2000;
/** The last stream id that HTTP/2 has. */
const lastPossibleStreamId = 2 ** 31 - 1;
/** How often idle connections are looked for while closing. */
const closeSweepMs = 50;

/** One port for HTTP/1.1 (with upgrades), HTTP/2 with prior knowledge, and TLS with either. Call `server.listen` to open it. */
export function createListener(options: ListenerOptions): Listener {
  const { limits, handle } = options;
  /** HTTP/1.1 within TLS that has sent no request yet: node does not count it among the idle ones. */
  const unasked = new Set<Duplex>();
  const h1 = http.createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: 0, // long uploads are streams; unary bodies have their own timer
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(checkIntervalMs, limits.headersMs),
      maxHeaderSize: limits.maxHeaderBytes,
    },
    (request, response) => {
      unasked.delete(request.socket);
      handle(new Http1Exchange(request, response, options.isLeaving));
    },
  );
  h1.maxHeadersCount = 0; // node would silently drop what is above it; who sends too many is told
  h1.on("upgrade", (request, socket, head) => {
    unasked.delete(socket);
    options.handleUpgrade(request, socket, head);
  });
  (h1 as unknown as { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true; // answer clients that half-close after the request, as nc does
  h1.on("clientError", (error, socket) => {
    answerClientError(error, socket, limits);
  });
  h1.emit("listening"); // starts the timer that enforces headersTimeout: this server gets its connections from the one below

  // @types/node does not know strictSingleValueFields yet: a backend may repeat a header that HTTP has once, and that is its own affair.
  const lenient: object = { strictSingleValueFields: false };
  const h2 = http2.createServer({
    ...lenient,
    settings: {
      initialWindowSize: streamWindowBytes,
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      maxHeaderListSize: limits.maxHeaderBytes * readHeadersFactor,
      enablePush: false,
    },
    maxHeaderListPairs: limits.maxHeaderBytes, // their bytes are what counts
    maxSessionMemory: sessionMemoryMb,
    streamResetBurst,
    streamResetRate,
  });
  const sessions = new Set<ServerHttp2Session>();
  h2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", ignore); // the streams' own events tell whoever is concerned
    session.setLocalWindowSize(connectionWindowBytes);
    let streams = 0;
    // Not the session's own timeout: PINGs would keep a connection without calls for ever, and silence would end one with calls.
    const idle = setTimeout(() => {
      if (streams === 0) session.close();
    }, limits.idleSessionMs);
    idle.unref();
    session.once("close", () => {
      clearTimeout(idle);
    });
    // Streams that are opened and reset in one read are gone before the next is looked at: they count until that read is over.
    let ended = 0;
    const forgetEnded = (): void => {
      streams -= ended;
      ended = 0;
      if (streams === 0 && !session.closed) idle.refresh();
    };
    const connection: InboundConnection = {
      encrypted: session.encrypted === true,
      peer: peerOf(session.socket),
      onClose() {
        if (ended++ === 0) setImmediate(forgetEnded);
      },
    };
    session.on("stream", (stream: ServerHttp2Stream, _headers: unknown, _flags: number, rawHeaders: string[]) => {
      // Our settings hold only once the client has acknowledged them, which one that floods us need not do.
      if (streams >= limits.maxStreamsPerConnection) {
        stream.on("error", ignore).close(http2.constants.NGHTTP2_REFUSED_STREAM);
        return;
      }
      streams++;
      handle(new Http2Exchange(stream, rawHeaders, connection));
    });
  });
  h2.on("sessionError", ignore);

  const secure =
    options.tls === undefined
      ? undefined
      : createTls(options.tls, limits.sniffMs, (socket, protocol) => {
          if (protocol === "h1") {
            unasked.add(socket);
            socket.once("close", () => unasked.delete(socket));
          }
          (protocol === "h2" ? h2 : h1).emit("connection", socket);
        });

  const refusesPlaintext = options.tls?.clientCa !== undefined;
  const cap = createConnectionCap(limits);

  const sockets = new Set<net.Socket>();
  const sniffing = new Set<net.Socket>();
  const mostSockets = limits.maxConnections + refusedAtOnce;
  const accept = (socket: net.Socket): void => {
    if (sockets.size >= mostSockets) {
      socket.destroy();
      return;
    }
    const address = socket.remoteAddress ?? "";
    const refusal = cap.enter(address);
    sockets.add(socket);
    socket.setKeepAlive(true, limits.probeMs);
    peerOf(socket); // for the access log, which may ask when it is gone
    sniffing.add(socket);
    socket.once("close", () => {
      if (refusal === undefined) cap.leave(address);
      sniffing.delete(socket);
      forget(socket);
    });
    sniff(socket, refusal === undefined ? limits.sniffMs : Math.min(limits.sniffMs, refusedSniffMs), (protocol, head) => {
      sniffing.delete(socket);
      if (refusal !== undefined) {
        if (protocol === "tls") socket.destroy();
        else refuseConnection(socket, protocol, { status: 503, goaway: enhanceYourCalm, message: refusal });
        return;
      }
      if (refusesPlaintext && protocol !== "tls") {
        refuseConnection(socket, protocol, { status: 403, goaway: inadequateSecurity, message: plaintextRefused });
        return;
      }
      const to = protocol === "h2" ? h2 : protocol === "tls" && secure !== undefined ? secure : h1;
      socket.allowHalfOpen = to === h1; // HTTP/2 and TLS would keep a half-closed socket for ever
      socket.unshift(head);
      to.emit("connection", socket); // no resume() here: http2 would lose the bytes
    });
  };
  const forget = (socket: net.Socket): void => {
    sockets.delete(socket);
    if (sockets.size === 0) onForgotten();
  };
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, accept);
  server.maxConnections = mostSockets;
  let onForgotten = (): void => {};
  let closed: Promise<void> | undefined;

  function drain(): Promise<void> {
    closed ??= new Promise<void>((done) => {
      server.close(() => {
        if (sockets.size === 0) done();
        else onForgotten = done; // connections that other processes accepted
      });
      h1.close(ignore); // never listened, so its error is expected; ends idle connections and the timer
      for (const session of sessions) goAway(session);
    });
    return closed;
  }

  return {
    server,
    accept(socket) {
      socket.allowHalfOpen = true;
      accept(socket.setNoDelay(true));
    },
    acceptHttp1(socket) {
      sockets.add(socket);
      socket.once("close", () => {
        forget(socket);
      });
      h1.emit("connection", socket);
    },
    counts: () => ({ http1: Math.max(0, sockets.size - sniffing.size - sessions.size), http2: sessions.size }),
    drain() {
      void drain();
    },
    async close(graceMs) {
      const ended = drain();
      for (const socket of [...sniffing, ...unasked]) socket.destroy();
      for (const session of sessions) session.close();
      const sweep = setInterval(() => {
        h1.closeIdleConnections();
      }, closeSweepMs); // connections that become idle after close()
      const timer = setTimeout(() => {
        for (const session of sessions) session.destroy();
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await ended;
      clearTimeout(timer);
      clearInterval(sweep);
    },
  };
}

/**
 * Tells an HTTP/2 peer to go in two steps (RFC 9113, 6.8): first a GOAWAY that still takes every stream, then, once the peer has answered a PING
 * and so has read it, one that names the last stream. Streams that were under way towards us are served.
 */
function goAway(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  session.goaway(http2.constants.NGHTTP2_NO_ERROR, lastPossibleStreamId);
  const isSent = session.ping(() => {
    session.close();
  });
  if (!isSent) session.close();
}

/** Reads until the protocol is known: TLS, the HTTP/2 preface, or anything else, which HTTP/1.1 answers. */
function sniff(socket: net.Socket, timeoutMs: number, found: (protocol: "tls" | "h2" | "h1", head: Buffer) => void): void {
  let head: Buffer = Buffer.alloc(0);
  const drop = (): void => {
    socket.destroy();
  };
  const decide = (protocol: "tls" | "h2" | "h1"): void => {
    socket.off("readable", read).off("error", drop).off("timeout", drop).off("end", drop).setTimeout(0);
    found(protocol, head);
  };
  const read = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head[0] === tlsHandshakeByte) {
      decide("tls");
      return;
    }
    const length = Math.min(head.length, preface.length);
    if (head.compare(preface, 0, length, 0, length) !== 0) decide("h1");
    else if (length === preface.length) decide("h2");
  };
  socket.on("error", drop).on("timeout", drop).on("end", drop).on("readable", read).setTimeout(timeoutMs);
}

/**
 * TLS in front of the two plaintext servers: ALPN chooses between them. Where certificates are asked for, `serve` gets those callers only
 * whose certificate holds; the others get to read why not, which a refused handshake could not tell.
 */
function createTls(
  { key, cert, clientCa }: InboundTls,
  sniffMs: number,
  serve: (socket: tls.TLSSocket, protocol: "h2" | "h1") => void,
): tls.Server {
  const asking = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false };
  const server = tls.createServer({ key, cert, ...asking, ALPNProtocols: ["h2", "http/1.1"] });
  server.on("secureConnection", (socket) => {
    peerOf(socket);
    const protocol = socket.alpnProtocol === "h2" ? "h2" : "h1";
    if (clientCa === undefined || socket.authorized) serve(socket, protocol);
    else refuseUncertified(socket, protocol, sniffMs);
  });
  server.on("tlsClientError", (_error, socket) => {
    socket.destroy();
  });
  return server;
}

/** Waits for the caller's first bytes: an answer before its question would not be read. */
function refuseUncertified(socket: tls.TLSSocket, protocol: "h2" | "h1", sniffMs: number): void {
  const showsNone = Object.keys(socket.getPeerCertificate()).length === 0;
  const why = showsNone ? "none was shown" : `the one shown does not hold: ${String(socket.authorizationError)}`;
  const message = `this port asks for a client certificate signed by the authority of --tls-client-ca, and ${why}`;
  const drop = (): void => {
    socket.destroy();
  };
  socket
    .on("error", drop)
    .setTimeout(sniffMs, drop)
    .once("data", () => {
      socket.off("timeout", drop);
      refuseConnection(socket, protocol, { status: 403, goaway: inadequateSecurity, message });
    });
}

const plaintextRefused = "this port speaks TLS only, and asks for a client certificate (--tls-client-ca)";

/** Answers what is not HTTP, where an answer can still be written. */
function answerClientError(error: NodeJS.ErrnoException & { readonly reason?: string }, socket: Duplex, limits: InboundLimits): void {
  const connection = socket as net.Socket;
  if (error.code === "ECONNRESET" || !connection.writable || connection.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    const message = `request headers are larger than the limit of ${describeBytes(limits.maxHeaderBytes)} (--max-headers)`;
    refuseConnection(socket, "h1", { status: 431, goaway: enhanceYourCalm, message });
  } else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    const message = `request headers were not complete within ${limits.headersMs / 1000} s (--header-timeout)`;
    refuseConnection(socket, "h1", { status: 408, goaway: enhanceYourCalm, message });
  } else {
    const message = `the request is no HTTP/1.1: ${error.reason ?? error.message}`;
    refuseConnection(socket, "h1", { status: 400, goaway: enhanceYourCalm, message });
  }
}

function ignore(): void {}
