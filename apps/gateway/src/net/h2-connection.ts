import type { Socket } from "node:net";
import { ClientConnection } from "./http2/client-connection.ts";
import { describeNetError } from "./net-error.ts";
import { insteadOfHttp2, type InsteadOfHttp2, NoHttp2Error } from "./no-http2-error.ts";
import type { PoolTimers } from "./pool-options.ts";
import { certificateAsked, withCertificateAsked } from "./tls.ts";

/** One HTTP/2 connection of a pool, from the moment the server's SETTINGS are known. */
export interface H2Connection {
  readonly client: ClientConnection;
  /** Streams that may be opened now. */
  free(): number;
  /** A stream was opened on `client`. */
  streamOpened(): void;
  /** A stream that was opened is gone. */
  streamClosed(): void;
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

/** Most streams put on one connection even when the peer allows more. */
export const maxStreamsPerConnection = 256;

/** Starts HTTP/2 on a connected socket and waits for the server's SETTINGS. Rejects with a {@link NoHttp2Error} when they do not come. */
export function openH2(
  socket: Socket,
  raw: Socket,
  timers: PoolTimers,
  settingsTimeoutMs: number,
): Promise<(listener: H2ConnectionListener) => H2Connection> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(new NoHttp2Error("closed before HTTP/2 began", "other"));
    let attached: Attached | undefined;
    let isReady = false;
    let instead: InsteadOfHttp2 = "other";
    const asked = certificateAsked(socket);
    const fail = (why: string, did = instead): void => {
      if (isReady) return;
      isReady = true;
      clearTimeout(timer);
      client.destroy(why);
      raw.destroy();
      reject(new NoHttp2Error(did === "other" ? withCertificateAsked(why, asked) : why, did));
    };
    const timer = setTimeout(() => {
      fail(`no HTTP/2 SETTINGS within ${settingsTimeoutMs} ms`, "nothing");
    }, settingsTimeoutMs);
    // Before the connection reads them: a TLS alert is shorter than the head of a frame.
    socket.once("data", (first: Buffer) => {
      instead = insteadOfHttp2(first) ?? "other";
      if (instead === "tls-alert") fail("answered the HTTP/2 preface with a TLS alert");
    });
    // A TLS 1.3 server refuses a client after the handshake: the alert comes as an error of the socket.
    socket.once("error", (error) => {
      fail(describeNetError(error));
    });
    const client = new ClientConnection(socket, {
      onSettings() {
        if (isReady) return attached?.onSettings();
        isReady = true;
        clearTimeout(timer);
        resolve((listener) => {
          attached = attach(client, raw, timers, listener);
          return attached.connection;
        });
      },
      onGoaway() {
        attached?.connection.retire();
      },
      onClosed() {
        fail(client.broken ?? "closed before HTTP/2 SETTINGS");
        raw.destroy();
        attached?.onClosed();
      },
    });
  });
}

interface Attached {
  readonly connection: H2Connection;
  onSettings(): void;
  onClosed(): void;
}

function attach(client: ClientConnection, raw: Socket, timers: PoolTimers, listener: H2ConnectionListener): Attached {
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
    if (open === 0) client.close();
  };
  const startIdle = (): void => {
    idleTimer = setTimeout(retire, timers.idleCloseMs);
  };
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
      client.destroy(`no answer to a keepalive PING within ${timers.keepaliveTimeoutMs} ms`);
      return;
    }
    if (now - heardMs < timers.keepaliveSilenceMs || now - pingSentMs < timers.keepaliveRepeatMs) return;
    pingSentMs = now;
    pingOutstanding = true;
    client.ping(() => {
      pingOutstanding = false;
      seenBytes = raw.bytesRead;
    });
  };
  startIdle();
  if (client.isClosed) queueMicrotask(retire);

  const connection: H2Connection = {
    client,
    free() {
      if (retired || client.isClosed) return 0;
      return Math.min(client.maxStreams, maxStreamsPerConnection) - open;
    },
    streamOpened() {
      if (client.isSpent) retire();
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
        if (retired) client.close();
        else startIdle();
      }
      listener.onFree();
    },
    retire,
    destroy(why) {
      retire();
      client.destroy(why);
    },
  };
  return {
    connection,
    onSettings: () => listener.onFree(),
    onClosed() {
      clearTimeout(idleTimer);
      clearInterval(watchTimer);
      if (!retired) {
        retired = true;
        listener.onRetired();
      }
      listener.onClosed();
    },
  };
}
