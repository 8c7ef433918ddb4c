import http from "node:http";
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import type { Exchange } from "./exchange.ts";
import { Http1Exchange } from "./h1-exchange.ts";
import { Http2Exchange, type InboundConnection } from "./h2-exchange.ts";
import type { InboundLimits } from "./limits.ts";
import { peerOf } from "./peer-of.ts";

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
/** How often HTTP/1.1 header times are checked. */
const checkIntervalMs = 2000;
/** The last stream id that HTTP/2 has. */
const lastPossibleStreamId = 2 ** 31 - 1;
/** How often idle connections are looked for while closing. */
const closeSweepMs = 50;

/** One port for HTTP/1.1 (with upgrades), HTTP/2 with prior knowledge, and TLS with either. Call `server.listen` to open it. */
export function createListener(options: ListenerOptions): Listener {
  const { limits, handle } = options;
  const h1 = http.createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: 0, // long uploads are streams; unary bodies have their own timer
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(checkIntervalMs, limits.headersMs),
      maxHeaderSize: limits.maxHeaderBytes,
    },
    (request, response) => {
      handle(new Http1Exchange(request, response, options.isLeaving));
    },
  );
  h1.on("upgrade", options.handleUpgrade);
  (h1 as unknown as { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true; // answer clients that half-close after the request, as nc does
  h1.on("clientError", answerClientError);
  h1.emit("listening"); // starts the timer that enforces headersTimeout: this server gets its connections from the one below

  // @types/node does not know strictSingleValueFields yet: a backend may repeat a header that HTTP has once, and that is its own affair.
  const lenient: object = { strictSingleValueFields: false };
  const h2 = http2.createServer({
    ...lenient,
    settings: {
      initialWindowSize: streamWindowBytes,
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      maxHeaderListSize: limits.maxHeaderBytes,
      enablePush: false,
    },
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
    const connection: InboundConnection = {
      encrypted: session.encrypted === true,
      peer: peerOf(session.socket),
      onClose() {
        streams--;
      },
    };
    session.on("stream", (stream: ServerHttp2Stream, _headers: unknown, _flags: number, rawHeaders: string[]) => {
      streams++;
      handle(new Http2Exchange(stream, rawHeaders, connection));
    });
    session.setTimeout(limits.idleSessionMs, () => {
      if (streams === 0) session.close();
    });
  });
  h2.on("sessionError", ignore);

  const secure = options.tls === undefined ? undefined : createTls(options.tls, h1, h2);

  const refusesPlaintext = options.tls?.clientCa !== undefined;

  const sockets = new Set<net.Socket>();
  const sniffing = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    peerOf(socket); // for the access log, which may ask when it is gone
    sniffing.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      sniffing.delete(socket);
    });
    sniff(socket, limits.sniffMs, (protocol, head) => {
      sniffing.delete(socket);
      if (refusesPlaintext && protocol !== "tls") {
        refusePlaintext(socket, protocol);
        return;
      }
      const to = protocol === "h2" ? h2 : protocol === "tls" && secure !== undefined ? secure : h1;
      socket.allowHalfOpen = to === h1; // HTTP/2 and TLS would keep a half-closed socket for ever
      socket.unshift(head);
      to.emit("connection", socket); // no resume() here: http2 would lose the bytes
    });
  });
  server.maxConnections = limits.maxConnections;
  let closed: Promise<void> | undefined;

  function drain(): Promise<void> {
    closed ??= new Promise<void>((done) => {
      server.close(() => {
        done();
      });
      h1.close(ignore); // never listened, so its error is expected; ends idle connections and the timer
      for (const session of sessions) goAway(session);
    });
    return closed;
  }

  return {
    server,
    counts: () => ({ http1: Math.max(0, sockets.size - sniffing.size - sessions.size), http2: sessions.size }),
    drain() {
      void drain();
    },
    async close(graceMs) {
      const ended = drain();
      for (const socket of sniffing) socket.destroy();
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

/** TLS in front of the two plaintext servers: ALPN chooses between them. */
function createTls({ key, cert, clientCa }: InboundTls, h1: http.Server, h2: http2.Http2Server): tls.Server {
  const asking = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = tls.createServer({ key, cert, ...asking, ALPNProtocols: ["h2", "http/1.1"] });
  server.on("secureConnection", (socket) => {
    peerOf(socket);
    (socket.alpnProtocol === "h2" ? h2 : h1).emit("connection", socket);
  });
  server.on("tlsClientError", (_error, socket) => {
    socket.destroy();
  });
  return server;
}

/** Says to who speaks HTTP/1.1 what the port needs; HTTP/2 has no words before its settings. */
function refusePlaintext(socket: net.Socket, protocol: "h2" | "h1"): void {
  if (protocol === "h2") {
    socket.destroy();
    return;
  }
  const text = "This port speaks TLS only, and asks for a client certificate (--tls-client-ca).\n";
  const head = `HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\n\r\n`;
  socket
    .on("error", ignore)
    .resume()
    .end(`${head}${text}`, () => {
      socket.destroySoon();
    });
}

/** Answers what is not HTTP, where an answer can still be written. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const connection = socket as net.Socket;
  if (error.code === "ECONNRESET" || !connection.writable || connection.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function ignore(): void {}
