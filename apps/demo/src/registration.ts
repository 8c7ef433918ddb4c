import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { createRequestQueue } from "@rpcdeck/services";
import { Auth, KV, Lease, type LeaseKeepAliveRequestSchema } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { pause } from "./services/pause.ts";

/** How long a demo process stays registered without renewing, in seconds (decision 27). */
export const leaseTtlSeconds = 10;
/** Longest wait for the registry's answer, in milliseconds. */
const answerTimeoutMs = 5_000;
/** Wait before registering again after a failure, in milliseconds. */
const retryMs = 500;

/** What a registration needs. */
export interface RegistrationOptions {
  /** An etcd v3 API, such as `http://127.0.0.1:8080`. */
  readonly registry: string;
  /** Exchanged for a token when given. */
  readonly password: string | undefined;
  /** `pb.Greeter/greeter-1`. */
  readonly key: string;
  /** The record as JSON. */
  readonly value: string;
}

/** A process in a registry. */
export interface Registration {
  /** Resolves once it is registered for the first time. */
  readonly registered: Promise<void>;
  /** Stops renewing and revokes the lease, so that the record is gone at once. Never throws: an unrevoked lease runs out. */
  revoke(): Promise<void>;
}

/** Registers by a lease and renews it until revoked; registers again whenever the registry lost it. */
export function register(options: RegistrationOptions): Registration {
  const ending = new AbortController();
  const sessionManager = new Http2SessionManager(options.registry);
  let token: string | undefined;
  let leaseId: bigint | undefined;
  const addToken: Interceptor = (next) => (request) => {
    if (token !== undefined) {
      request.header.set("token", token);
    }
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl: options.registry, sessionManager, interceptors: [addToken] });
  const lease = createClient(Lease, transport);
  const kv = createClient(KV, transport);
  const { promise: registered, resolve: onRegistered } = Promise.withResolvers<void>();

  async function registerOnce(signal: AbortSignal): Promise<void> {
    const limits = { signal, timeoutMs: answerTimeoutMs };
    if (options.password !== undefined) {
      token = undefined;
      ({ token } = await createClient(Auth, transport).authenticate({ name: "demo", password: options.password }, limits));
    }
    const granted = await lease.leaseGrant({ TTL: BigInt(leaseTtlSeconds) }, limits);
    leaseId = granted.ID;
    const encoder = new TextEncoder();
    await kv.put({ key: encoder.encode(options.key), value: encoder.encode(options.value), lease: granted.ID }, limits);
    onRegistered();
    await renew(granted.ID, signal);
  }

  /** Renews until the registry no longer knows the lease or does not answer. */
  async function renew(ID: bigint, signal: AbortSignal): Promise<void> {
    const requests = createRequestQueue<MessageInitShape<typeof LeaseKeepAliveRequestSchema>>();
    const silent = new AbortController();
    const silence = () => setTimeout(() => silent.abort(new Error("the registry does not answer")), leaseTtlSeconds * 1000);
    let timer = silence();
    try {
      requests.push({ ID });
      for await (const { TTL } of lease.leaseKeepAlive(requests, { signal: AbortSignal.any([signal, silent.signal]) })) {
        clearTimeout(timer);
        timer = silence();
        if (TTL <= 0n) {
          return;
        }
        await pause((leaseTtlSeconds * 1000) / 3, signal);
        requests.push({ ID });
      }
    } finally {
      clearTimeout(timer);
      requests.end();
    }
  }

  async function keepRegistered(): Promise<void> {
    const { signal } = ending;
    while (!signal.aborted) {
      try {
        await registerOnce(signal);
      } catch {
        // The registry is away or starts anew: it is simply tried again.
      }
      if (!signal.aborted) {
        await pause(retryMs, signal).catch(() => undefined);
      }
    }
  }

  const running = keepRegistered();

  return {
    registered,
    async revoke() {
      ending.abort();
      await running;
      try {
        if (leaseId !== undefined) {
          await lease.leaseRevoke({ ID: leaseId }, { timeoutMs: 1_000 });
        }
      } catch {
        // The registry is away; the lease runs out by itself.
      }
      sessionManager.abort();
    },
  };
}
