import net from "node:net";
import tls from "node:tls";
import { GatewayError } from "../errors/gateway-error.ts";
import { splitAddress } from "./address.ts";
import type { AddressPolicy } from "./address-policy.ts";
import type { Endpoint } from "./endpoint.ts";
import { codeOf, describeNetError } from "./net-error.ts";
import { tlsOptionsFor, type Alpn } from "./tls.ts";

/** How a connection is made. */
export interface DialOptions {
  readonly policy: AddressPolicy;
  /** Application protocols to offer over TLS. */
  readonly alpn: Alpn;
  /** Longest time for name, TCP and TLS together, in milliseconds. */
  readonly timeoutMs: number;
  /** Told as each step ends well, for reports. */
  readonly onStep?: (step: "resolved" | "connected" | "secured", detail: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** An open connection. `raw` is the TCP or unix socket, which counts bytes; `socket` is what to speak on. */
export interface Dialled {
  readonly socket: net.Socket;
  readonly raw: net.Socket;
  /** What TLS agreed on; undefined in plaintext or without ALPN. */
  readonly alpn: "h2" | "http/1.1" | undefined;
}

/**
 * Connects to an endpoint: asks the policy, dials the very addresses it checked, checks the far end again, then TLS. Rejects with a
 * `GatewayError` that names the address and the cause (`127.0.0.1:50051: connection refused`) and leaves nothing open.
 */
export async function dial(endpoint: Endpoint, options: DialOptions): Promise<Dialled> {
  const address = splitAddress(endpoint.address);
  if (address === undefined) throw new GatewayError("target_invalid", `${endpoint.address}: not host:port, [v6]:port or unix:/path`);
  let open: net.Socket | undefined;
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  stopped.catch(() => {}); // it may lose the race and then nobody listens
  const timer = setTimeout(() => {
    stop(new GatewayError("target_unreachable", `${endpoint.address}: no connection within ${options.timeoutMs} ms`));
  }, options.timeoutMs);
  const abort = (): void => {
    stop(new GatewayError("target_unreachable", `${endpoint.address}: connecting was given up`));
  };
  options.signal?.addEventListener("abort", abort, { once: true });
  if (options.signal?.aborted === true) abort();
  try {
    return await Promise.race([connect(), stopped]);
  } catch (error) {
    stop(error); // a connect() that is still under way must not go on
    open?.destroy();
    if (error instanceof GatewayError) throw error.code === "target_unreachable" ? named(endpoint.address, error) : error;
    throw new GatewayError("target_unreachable", `${endpoint.address}: ${describeNetError(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }

  async function connect(): Promise<Dialled> {
    let raw: net.Socket;
    let host = "localhost";
    if (address?.kind === "tcp") {
      host = address.host;
      const addresses = await Promise.race([options.policy.resolve(host, endpoint.trust), stopped]);
      options.onStep?.("resolved", addresses.map((one) => one.address).join(", "));
      raw = net.connect({
        host,
        port: address.port,
        noDelay: true,
        autoSelectFamily: true,
        lookup: (_host, _options, done) => {
          done(null, [...addresses]);
        },
        ...(addresses.length === 1 ? { host: addresses[0]?.address ?? host } : {}),
      });
    } else {
      const path = address?.path ?? "";
      options.policy.checkUnix(path, endpoint.trust);
      raw = net.connect({ path });
    }
    open = raw;
    await once(raw, "connect");
    if (address?.kind === "tcp" && raw.remoteAddress !== undefined) options.policy.checkRemote(raw.remoteAddress, host, endpoint.trust);
    options.onStep?.("connected", raw.remoteAddress === undefined ? endpoint.address : `${raw.remoteAddress} port ${raw.remotePort}`);
    if (endpoint.tls.kind === "plaintext") return { socket: raw, raw, alpn: undefined };
    const secure = tls.connect({ ...tlsOptionsFor(endpoint.tls, host, options.alpn), socket: raw });
    open = secure;
    await once(secure, "secureConnect");
    options.onStep?.("secured", `${secure.getProtocol() ?? "TLS"}, ${secure.alpnProtocol === false ? "no ALPN" : secure.alpnProtocol}`);
    const alpn = secure.alpnProtocol === "h2" || secure.alpnProtocol === "http/1.1" ? secure.alpnProtocol : undefined;
    return { socket: secure, raw, alpn };
  }
}

/** Waits for an event; an error or a close before it rejects. The error listener stays: a socket without one can end the process. */
function once(socket: net.Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.on("error", reject);
    socket.once("close", () => {
      reject(new Error("closed by the server before the connection was ready"));
    });
  });
}

function named(address: string, error: GatewayError): GatewayError {
  return error.message.startsWith(`${address}: `)
    ? error
    : new GatewayError(error.code, `${address}: ${error.message.replace(/^[^ ]+: /u, "")}`, { cause: error.cause });
}

/** True when a connection attempt failed because the far end is not there, as opposed to speaking something else. */
export function isRefused(error: unknown): boolean {
  const code = codeOf(error instanceof GatewayError ? error.cause : error);
  return code === "ECONNREFUSED" || code === "ENOENT" || code === "EHOSTUNREACH" || code === "ENETUNREACH";
}
