import type { InstanceTls } from "../catalog/instance.ts";
import { GatewayError } from "../errors/gateway-error.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { parseAuthority } from "./authority.ts";
import { dial } from "./dial.ts";
import { createEndpoint, type Endpoint } from "./endpoint.ts";
import { openH2 } from "./h2-connection.ts";
import { codeOf } from "./net-error.ts";
import { NoHttp2Error } from "./no-http2-error.ts";
import { defaultPoolTimers } from "./pool-options.ts";

/** Finds out whether a server was spoken to in plaintext and wants TLS, or the reverse. One for each backend. */
export interface TransportQuestion {
  /**
   * The fault to report instead of `error`, with which a connection failed before HTTP began: it says what the server speaks and what to
   * write, such as `127.0.0.1:8443: speaks TLS: use grpcs://127.0.0.1:8443`. Undefined where `error` says all there is. Asks the server on a
   * connection of its own, with a TLS hello or the HTTP/2 preface and nothing of the call. Never rejects.
   */
  explain(error: unknown): Promise<GatewayError | undefined>;
  /** The same for an HTTP/1.1 server that refused the first request with 400, as many do with plaintext on a TLS port. */
  explainBadRequest(): Promise<GatewayError | undefined>;
  /** Gives up a question that is under way. */
  close(): void;
}

/** What a question is asked with. */
export interface TransportQuestionOptions {
  readonly policy: AddressPolicy;
  /** A clock in milliseconds. */
  readonly nowMs?: () => number;
}

/** Longest time for one question, in milliseconds. */
export const transportQuestionMs = 1_500;
/** What was found is not asked again for so long, in milliseconds. */
export const transportFindingMs = 30_000;

/** What a server was found to speak instead; undefined: nothing that was asked for. */
type Finding = { readonly tls: boolean; readonly http: "h2" | "http/1.1" } | undefined;

/** The question for one endpoint, not asked yet. */
export function createTransportQuestion(endpoint: Endpoint, options: TransportQuestionOptions): TransportQuestion {
  const nowMs = options.nowMs ?? (() => performance.now());
  const ending = new AbortController();
  let last: { readonly askedMs: number; readonly finding: Promise<Finding> } | undefined;

  const find = (): Promise<Finding> => {
    if (last === undefined || nowMs() - last.askedMs >= transportFindingMs) {
      const finding = endpoint.tls.kind === "tls" ? askPlaintext() : askTls();
      last = { askedMs: nowMs(), finding: finding.catch(() => undefined) }; // no answer is none: the first error stands
    }
    return last.finding;
  };
  const fault = (finding: Finding, cause?: unknown): GatewayError | undefined =>
    finding === undefined ? undefined : new GatewayError("target_protocol", `${endpoint.address}: ${advice(endpoint, finding)}`, { cause });

  const open = (tls: InstanceTls) =>
    dial(createEndpoint(endpoint.address, tls, endpoint.trust, "any"), {
      policy: options.policy,
      alpn: ["h2", "http/1.1"],
      timeoutMs: transportQuestionMs,
      signal: ending.signal,
    });

  async function askTls(): Promise<Finding> {
    try {
      const name = endpoint.authority === undefined ? undefined : parseAuthority(endpoint.authority);
      const serverName = name === undefined || "problem" in name ? {} : { serverName: name.host };
      const { raw, alpn } = await open({ kind: "tls", verify: false, ...serverName });
      raw.destroy();
      return { tls: true, http: alpn ?? "h2" };
    } catch (error) {
      return isAlert(causeOf(error)) ? { tls: true, http: "h2" } : undefined;
    }
  }

  async function askPlaintext(): Promise<Finding> {
    const { socket, raw } = await open({ kind: "plaintext" });
    try {
      const attach = await openH2(socket, raw, defaultPoolTimers, transportQuestionMs);
      attach({ onRetired: () => undefined, onFree: () => undefined, onClosed: () => undefined }).destroy("asked");
      return { tls: false, http: "h2" };
    } catch (error) {
      return error instanceof NoHttp2Error && error.did === "http1" ? { tls: false, http: "http/1.1" } : undefined;
    }
  }

  return {
    async explain(error) {
      if (endpoint.address.startsWith("unix:") || ending.signal.aborted) return undefined;
      if (endpoint.tls.kind === "tls") return isNoTls(error) ? fault(await find(), error) : undefined;
      if (!(error instanceof NoHttp2Error) || error.did === "nothing") return undefined;
      if (error.did === "tls-alert") return fault({ tls: true, http: "h2" }, error);
      // HTTP/1.1 is what such an endpoint may speak; a TLS port that answers so is found out by its first answer.
      if (error.did === "http1" && endpoint.http === "any") return undefined;
      return fault(await find(), error);
    },
    async explainBadRequest() {
      if (endpoint.tls.kind === "tls" || endpoint.address.startsWith("unix:") || ending.signal.aborted) return undefined;
      return fault(await find());
    },
    close() {
      ending.abort();
    },
  };
}

/** What the server speaks, and what to write instead. */
function advice({ address, authority, http: wanted }: Endpoint, finding: Exclude<Finding, undefined>): string {
  const s = finding.tls ? "s" : "";
  const speaks = finding.tls ? "speaks TLS" : "speaks no TLS";
  const rest = authority === undefined ? address : `${address}?authority=${authority}`;
  const web = `use connect+http${s}://${rest} or grpc-web+http${s}://${rest}`;
  if (wanted === "any") return `${speaks}: ${web}`;
  return finding.http === "h2" ? `${speaks}: use grpc${s}://${rest}` : `${speaks}, and HTTP/1.1 only: ${web}`;
}

function causeOf(error: unknown): unknown {
  return error instanceof GatewayError ? error.cause : error;
}

/** The TLS handshake failed, and not because of a certificate or by an alert: what came was no TLS, or nothing before the end. */
function isNoTls(error: unknown): boolean {
  const cause = causeOf(error);
  if (!(cause instanceof Error) || isAlert(cause)) return false;
  const code = codeOf(cause);
  return code === undefined || code === "ECONNRESET" || code === "EPIPE" || code.startsWith("ERR_SSL_");
}

/** Only who speaks TLS refuses with an alert. */
function isAlert(error: unknown): boolean {
  return /^ERR_SSL_.*ALERT/u.test(codeOf(error) ?? "");
}
