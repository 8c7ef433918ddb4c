import http2 from "node:http2";
import type { Socket } from "node:net";
import { describeNetError } from "./net-error.ts";
import type { PoolTimers } from "./pool-options.ts";

/** One HTTP/2 connection of a pool, from the moment the server's SETTINGS are known. */
export interface H2Connection {
  readonly session: http2.ClientHttp2Session;
  /** Streams that may be opened now. */
  free(): number;
  /** A stream was opened on `session`. */
  streamOpened(): void;
  /** A stream that was opened is gone. */
  streamClosed(): void;
  /** Why the connection broke; undefined while it works or when it ended in order. */
  readonly broken: string | undefined;
  /** Lets open streams finish, then closes. */
  retire(): void;
  /** Ends it at once; open streams fail with `why`. */
  destroy(why: string): void;
}

/** How the pool hears of a connection. */
export interface H2ConnectionListener {
  /** It must not get new streams any more: GOAWAY, or it is closing. At most once, always before `onClosed`. */
  onRetired(): void;
  /** A stream was closed or the peer raised its limit: `free` may have grown. */
  onFree(): void;
  onClosed(): void;
}

/** Receive window of each stream in bytes: a backend may send this much before the caller reads. */
export const streamWindowBytes = 1024 * 1024;
/** Receive window of a whole connection in bytes. */
export const connectionWindowBytes = 16 * 1024 * 1024;
/** Memory a connection may hold before new streams are refused, in megabytes (Node's maxSessionMemory). */
const sessionMemoryMb = 256;
/** Most streams put on one connection even when the peer allows more. */
export const maxStreamsPerConnection = 256;
/** Header fields Node takes before it resets a stream without a word; above our own limit, so that ours is the one that reports. */
const maxHeaderPairs = 8192;
const maxHeaderListSize = 1024 * 1024;

/**
 * Starts HTTP/2 on a connected socket and waits for the server's SETTINGS. Rejects when it does not speak HTTP/2. A permanent error
 * listener stays on the session: no peer can end the process.
 */
export function openH2(
  socket: Socket,
  raw: Socket,
  timers: PoolTimers,
  settingsTimeoutMs: number,
): Promise<(listener: H2ConnectionListener) => H2Connection> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(new Error("closed before HTTP/2 began")); // Node would wait for ever
    const session = http2.connect("http://pool.invalid", {
      createConnection: () => socket,
      settings: { initialWindowSize: streamWindowBytes, enablePush: false, maxHeaderListSize },
      maxHeaderListPairs: maxHeaderPairs,
      maxSessionMemory: sessionMemoryMb,
    });
    let broken: string | undefined;
    let state: "waiting" | "ready" | "failed" = "waiting";
    const fail = (why: string): void => {
      broken ??= why;
      if (state !== "waiting") return;
      state = "failed";
      clearTimeout(timer);
      session.destroy();
      socket.destroy();
      raw.destroy();
      reject(new Error(broken));
    };
    const timer = setTimeout(() => {
      fail(`no HTTP/2 SETTINGS within ${settingsTimeoutMs} ms`);
    }, settingsTimeoutMs);
    // A TLS 1.3 server refuses a client after the handshake: the alert comes as an error of the socket, which the session does not tell.
    socket.once("error", (error) => {
      fail(describeNetError(error));
    });
    socket.once("close", () => {
      fail("closed before HTTP/2 SETTINGS");
      session.destroy();
    });
    session.on("error", (error) => {
      fail(describeNetError(error));
    });
    session.on("frameError", () => {}); // the stream it belongs to reports it
    session.once("close", () => {
      fail("closed before HTTP/2 SETTINGS");
      raw.destroy();
    });
    session.once("remoteSettings", () => {
      clearTimeout(timer);
      if (state !== "waiting" || session.destroyed) return fail("closed before HTTP/2 SETTINGS");
      state = "ready";
      session.setLocalWindowSize(connectionWindowBytes);
      resolve((listener) =>
        attach(
          session,
          raw,
          timers,
          listener,
          () => broken,
          (why) => {
            broken ??= why;
          },
        ),
      );
    });
  });
}

function attach(
  session: http2.ClientHttp2Session,
  raw: Socket,
  timers: PoolTimers,
  listener: H2ConnectionListener,
  brokenNow: () => string | undefined,
  setBroken: (why: string) => void,
): H2Connection {
  let open = 0;
  let retired = false;
  let idleTimer: NodeJS.Timeout | undefined;
  let watchTimer: NodeJS.Timeout | undefined;
  // Keepalive (decision 8). `seenBytes` is what the peer had sent when it was last heard; a PONG is not counted as hearing from it.
  let seenBytes = raw.bytesRead;
  let heardMs = performance.now();
  let pingSentMs = Number.NEGATIVE_INFINITY;
  let pingOutstanding = false;

  const retire = (): void => {
    if (retired) return;
    retired = true;
    clearTimeout(idleTimer);
    listener.onRetired();
    if (open === 0) finish();
  };
  /**
   * Node's own graceful close can wait for ever once both sides have sent GOAWAY (seen with 24.21): end it here, a turn later, so that a
   * last RST_STREAM still leaves.
   */
  const finish = (): void => {
    session.close();
    setImmediate(() => {
      if (open === 0) session.destroy();
    });
  };
  session.on("goaway", retire);
  session.on("remoteSettings", () => {
    listener.onFree();
  });
  session.once("close", () => {
    clearTimeout(idleTimer);
    clearInterval(watchTimer);
    retired = true;
    listener.onRetired();
    listener.onClosed();
  });
  if (session.destroyed || session.closed) queueMicrotask(retire);

  const startIdle = (): void => {
    idleTimer = setTimeout(retire, timers.idleCloseMs);
  };
  startIdle();

  const watch = (): void => {
    const now = performance.now();
    if (raw.bytesRead !== seenBytes) {
      seenBytes = raw.bytesRead;
      heardMs = now;
      pingSentMs = Number.NEGATIVE_INFINITY;
      if (!pingOutstanding) return;
    }
    if (pingOutstanding) {
      if (now - pingSentMs < timers.keepaliveTimeoutMs || heardMs > pingSentMs) return;
      setBroken(`no answer to a keepalive PING within ${timers.keepaliveTimeoutMs} ms`);
      session.destroy();
      return;
    }
    if (now - heardMs < timers.keepaliveSilenceMs || now - pingSentMs < timers.keepaliveRepeatMs) return;
    pingSentMs = now;
    pingOutstanding = session.ping((error) => {
      pingOutstanding = false;
      if (error === null) seenBytes = raw.bytesRead;
    });
  };

  return {
    session,
    free() {
      if (retired || session.closed || session.destroyed) return 0;
      const allowed = session.remoteSettings.maxConcurrentStreams ?? maxStreamsPerConnection;
      return Math.min(allowed, maxStreamsPerConnection) - open;
    },
    streamOpened() {
      if (open++ > 0) return;
      clearTimeout(idleTimer);
      heardMs = performance.now();
      watchTimer ??= setInterval(watch, Math.max(1, Math.min(timers.keepaliveSilenceMs, timers.keepaliveTimeoutMs) / 4));
    },
    streamClosed() {
      open--;
      if (open === 0) {
        clearInterval(watchTimer);
        watchTimer = undefined;
        if (retired) finish();
        else startIdle();
      }
      listener.onFree();
    },
    get broken() {
      return brokenNow();
    },
    retire,
    destroy(why) {
      setBroken(why);
      retire();
      session.destroy();
    },
  };
}
