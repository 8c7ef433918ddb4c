import http from "node:http";
import type { InstanceTls } from "../catalog/instance.ts";
import { GatewayError } from "../errors/gateway-error.ts";
import type { AddressPolicy, Trust } from "./address-policy.ts";
import { dial, type Dialled } from "./dial.ts";
import { createEndpoint } from "./endpoint.ts";
import { openH2 } from "./h2-connection.ts";
import { describeNetError } from "./net-error.ts";
import { defaultPoolTimers } from "./pool-options.ts";
import { systemTrust, type TlsTrust, tlsWith } from "./tls-trust.ts";

/** One step of a report, in the order they were done. */
export interface ReportStep {
  /** What was tried, such as "Connect over TCP". */
  readonly title: string;
  readonly ok: boolean;
  /** What came of it, in one line. */
  readonly detail: string;
  readonly elapsedMs: number;
}

/** What was found at an address. */
export type ProbeResult =
  | {
      readonly kind: "found";
      readonly tls: boolean;
      readonly http: "h2" | "http/1.1";
      /** gRPC where HTTP/2 is spoken, else Connect: what to try first, for HTTP does not say which RPC protocol is behind it. */
      readonly protocol: "grpc" | "connect";
      /** Why the certificate would not be trusted; undefined when it is, and without TLS. */
      readonly certificateProblem: string | undefined;
    }
  | { readonly kind: "failed"; readonly error: GatewayError };

/** What was found, and how. */
export interface ProbeReport {
  readonly result: ProbeResult;
  readonly steps: readonly ReportStep[];
}

/** How a probe is done. */
export interface ProbeOptions {
  readonly policy: AddressPolicy;
  readonly trust: Trust;
  /** Which certificates are good. Default: those the system trusts. */
  readonly tlsTrust?: TlsTrust;
  /** TLS as this address wants it, with its own authority and client certificate. Default: as `tlsTrust` says. */
  readonly tls?: Extract<InstanceTls, { kind: "tls" }>;
  /** Longest time for each connection, in milliseconds. Default 5,000. */
  readonly connectMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A TLS server that gets plaintext, or the reverse, often just waits: longest wait for each answer, in milliseconds. */
const answerMs = 1_500;

/**
 * Finds out how a bare `host:port` is spoken to: TLS or not, HTTP/2 or HTTP/1.1. Never rejects. Opens at most four connections and closes
 * each; sends nothing but a TLS hello, the HTTP/2 preface and `OPTIONS *`.
 */
export async function probe(address: string, options: ProbeOptions): Promise<ProbeReport> {
  const steps: ReportStep[] = [];
  const connectMs = options.connectMs ?? defaultPoolTimers.connectMs;
  const checked = options.tls ?? tlsWith(options.tlsTrust ?? systemTrust, address);
  const open = (tls: "plaintext" | "verify" | "trust-any", timeoutMs: number): Promise<Dialled> =>
    dial(
      createEndpoint(
        address,
        tls === "plaintext" ? { kind: "plaintext" } : tls === "verify" ? checked : { ...checked, verify: false },
        options.trust,
        "any",
      ),
      { policy: options.policy, alpn: ["h2", "http/1.1"], timeoutMs, signal: options.signal },
    );
  const step = async <Value>(title: string, work: () => Promise<{ value: Value; detail: string }>): Promise<Value | GatewayError> => {
    const startMs = performance.now();
    try {
      const { value, detail } = await work();
      steps.push({ title, ok: true, detail, elapsedMs: performance.now() - startMs });
      return value;
    } catch (error) {
      const fault =
        error instanceof GatewayError
          ? error
          : new GatewayError("target_protocol", `${address}: ${describeNetError(error)}`, { cause: error });
      steps.push({ title, ok: false, detail: fault.message, elapsedMs: performance.now() - startMs });
      return fault;
    }
  };
  const report = (result: ProbeResult): ProbeReport => ({ result, steps });

  const reached = await step("Connect", async () => {
    const { raw } = await open("plaintext", connectMs);
    const detail = raw.remoteAddress === undefined ? address : `${raw.remoteAddress} port ${raw.remotePort}`;
    raw.destroy();
    return { value: true, detail };
  });
  if (reached instanceof GatewayError) return report({ kind: "failed", error: reached });

  const h2c = await step("HTTP/2 without TLS (h2c)", async () => {
    await speakH2(await open("plaintext", connectMs));
    return { value: true, detail: "the server sent its SETTINGS" };
  });
  if (h2c === true) return report({ kind: "found", tls: false, http: "h2", protocol: "grpc", certificateProblem: undefined });

  const tls = await step("TLS", async () => {
    const { raw, alpn } = await open("trust-any", Math.min(connectMs, answerMs * 2));
    raw.destroy();
    return { value: alpn ?? "none", detail: alpn === undefined ? "TLS, without ALPN" : `TLS with ${alpn}` };
  });
  if (!(tls instanceof GatewayError)) {
    const trusted = await step("Certificate", async () => {
      (await open("verify", connectMs)).raw.destroy();
      return { value: true, detail: checked.verify ? "trusted" : "not checked, as --skip-verify says" };
    });
    const certificateProblem = trusted instanceof GatewayError ? trusted.message : undefined;
    const speaks = tls === "http/1.1" ? "http/1.1" : "h2";
    return report({ kind: "found", tls: true, http: speaks, protocol: speaks === "h2" ? "grpc" : "connect", certificateProblem });
  }

  const http1 = await step("HTTP/1.1", async () => {
    const status = await speakHttp1(await open("plaintext", connectMs), address);
    return { value: true, detail: `answered HTTP ${status}` };
  });
  if (http1 === true) return report({ kind: "found", tls: false, http: "http/1.1", protocol: "connect", certificateProblem: undefined });
  return report({ kind: "failed", error: new GatewayError("target_protocol", `${address}: speaks neither HTTP/2 nor TLS nor HTTP/1.1`) });
}

async function speakH2({ socket, raw }: Dialled): Promise<void> {
  const attach = await openH2(socket, raw, defaultPoolTimers, answerMs);
  attach({ onRetired: () => undefined, onFree: () => undefined, onClosed: () => undefined }).destroy("probed");
}

function speakHttp1({ socket }: Dialled, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request({ method: "OPTIONS", path: "*", headers: { host, connection: "close" }, createConnection: () => socket });
    request.setTimeout(answerMs, () => request.destroy(new Error(`no HTTP/1.1 answer within ${answerMs} ms`)));
    request.on("error", reject);
    request.on("response", (response) => {
      response.destroy();
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.end();
  });
}
