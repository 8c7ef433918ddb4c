import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { headerValue, type Header } from "@rpcdeck/frames";

/** Who may talk to the gateway (decisions 20 and 21). */
export interface GuardOptions {
  /** Host that is listened on: a name or address. */
  readonly listenHost: string;
  /** Further host names that pages may be opened under (--allow-host). */
  readonly allowHosts: readonly string[];
  /** Origins beside our own that may call from a browser (--allow-origin), such as `https://example.com`. */
  readonly allowOrigins: readonly string[];
  /** Secret that calls must bring; undefined for none. */
  readonly token: string | undefined;
}

/** What a request says about where it comes from. */
export interface GuardRequest {
  readonly http: "1.1" | "2";
  readonly encrypted: boolean;
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly host: string | undefined;
  readonly headers: readonly Header[];
  /** Static files and pages are open: they hold no secret. */
  readonly open: boolean;
}

/** A refusal: HTTP status, the code that RPC clients read, and what to do about it. */
export interface Refusal {
  readonly status: 400 | 401 | 403;
  readonly code: "invalid_argument" | "unauthenticated" | "permission_denied";
  readonly message: string;
}

/** Decides on requests before any routing. */
export interface Guard {
  /** Undefined when the request may pass. */
  check(request: GuardRequest): Refusal | undefined;
  /** True when `candidate` is the token, or no token is set. Constant time. */
  isToken(candidate: string | undefined): boolean;
  /**
   * Headers of every answer: those that let a page of an allowed foreign origin read it, and, wherever there are such origins, that it depends
   * on the origin.
   */
  corsHeaders(headers: readonly Header[]): readonly Header[];
  /** Further headers of the answer to a preflight. */
  preflightHeaders(headers: readonly Header[]): readonly Header[];
}

const noHeaders: readonly Header[] = [];
const varyOnly: readonly Header[] = [["vary", "origin"]];
/** How long a browser may remember a preflight, in seconds. */
const preflightSeconds = "7200";

/** Makes the guard. Names are compared in lower case; ports of the Host header are not looked at. */
export function createGuard(options: GuardOptions): Guard {
  const listenHost = bareHost(options.listenHost);
  const hosts = new Set(options.allowHosts.map((host) => bareHost(host)));
  hosts.add(listenHost);
  const anyAddress = listenHost === "0.0.0.0" || listenHost === "::" || listenHost === "";
  const origins = new Set(options.allowOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
  const tokenHash = options.token === undefined ? undefined : sha256(options.token);

  function isAllowedHost(host: string): boolean {
    if (host === "localhost" || host.endsWith(".localhost") || hosts.has(host)) return true;
    const family = isIP(host);
    if (family === 4) return anyAddress || host.startsWith("127.");
    // a literal address cannot be rebound; it is only accepted where every address is listened on
    return family === 6 && (anyAddress || host === "::1");
  }

  function checkHost(request: GuardRequest): Refusal | undefined {
    if (request.http === "2" && !request.encrypted) return undefined; // no browser speaks h2c, and grpc-go sends its target here
    // Load balancers ask with HTTP/1.0, which needs no Host; a browser always sends one.
    if (request.host === undefined && isHealthPath(request.path)) return undefined;
    if (request.host === undefined) return { status: 400, code: "invalid_argument", message: "the request has no Host" };
    if (request.http === "1.1" && request.headers.filter(([name]) => name === "host").length > 1) {
      return { status: 400, code: "invalid_argument", message: "the request has more than one Host" };
    }
    const host = hostName(request.host);
    if (host === undefined) return { status: 400, code: "invalid_argument", message: `Host ${shown(request.host)} is no host name` };
    if (isAllowedHost(host)) return undefined;
    const message = `Host ${shown(host)} is not one of this gateway's names; start it with --allow-host ${shown(host)} to allow it`;
    return { status: 403, code: "permission_denied", message };
  }

  function isOwnOrigin(origin: string, request: GuardRequest): boolean {
    if (request.host === undefined) return false;
    const scheme = request.encrypted ? "https" : "http";
    return withoutDefaultPort(origin) === withoutDefaultPort(`${scheme}://${request.host.toLowerCase()}`);
  }

  function checkOrigin(request: GuardRequest): Refusal | undefined {
    let origin: string | undefined;
    for (const [name, value] of request.headers) {
      if (name !== "origin") continue;
      if (origin !== undefined) return { status: 400, code: "invalid_argument", message: "the request has more than one Origin" };
      origin = value.toLowerCase();
    }
    if (origin !== undefined) {
      if (isOwnOrigin(origin, request) || origins.has(origin)) return undefined;
      const message = `Origin ${shown(origin)} may not use this gateway; start it with --allow-origin ${shown(origin)} to allow it`;
      return { status: 403, code: "permission_denied", message };
    }
    // A GET of an image or a script carries no Origin, but says that it comes from elsewhere.
    const site = headerValue(request.headers, "sec-fetch-site");
    if (request.open || site === undefined || site === "same-origin" || site === "none") return undefined;
    const message = `a ${shown(site)} request may not use this gateway; start it with --allow-origin and send an Origin to allow it`;
    return { status: 403, code: "permission_denied", message };
  }

  function isToken(candidate: string | undefined): boolean {
    if (tokenHash === undefined) return true;
    return candidate !== undefined && timingSafeEqual(sha256(candidate), tokenHash);
  }

  function checkToken(request: GuardRequest): Refusal | undefined {
    if (tokenHash === undefined || request.open || request.method === "OPTIONS") return undefined;
    if (isToken(headerValue(request.headers, "rpcdeck-token"))) return undefined;
    if (request.path.startsWith("/etcdserverpb.")) {
      // etcd clients sign in with the token as their password and then send what they were given
      if (request.path === "/etcdserverpb.Auth/Authenticate" || isToken(headerValue(request.headers, "token"))) return undefined;
    }
    const message = "this gateway was started with --token; send it in the header rpcdeck-token";
    return { status: 401, code: "unauthenticated", message };
  }

  return {
    check: (request) => checkHost(request) ?? checkOrigin(request) ?? checkToken(request),
    isToken,
    corsHeaders(headers) {
      if (origins.size === 0) return noHeaders;
      const origin = headerValue(headers, "origin")?.toLowerCase();
      if (origin === undefined || !origins.has(origin)) return varyOnly;
      // The list of origins is explicit, so that a front end may use the certificate its browser has (--tls-client-ca). There are no cookies.
      return [["access-control-allow-origin", origin], ["access-control-allow-credentials", "true"], ...varyOnly];
    },
    preflightHeaders(headers) {
      const origin = headerValue(headers, "origin")?.toLowerCase();
      if (origin === undefined || !origins.has(origin)) return [["allow", "GET, POST, OPTIONS"]];
      const asked = headerValue(headers, "access-control-request-headers");
      return [
        ["access-control-allow-methods", "GET, POST"],
        ...(asked === undefined ? [] : [["access-control-allow-headers", asked] as const]),
        ...(headerValue(headers, "access-control-request-private-network") === "true"
          ? [["access-control-allow-private-network", "true"] as const]
          : []),
        ["access-control-max-age", preflightSeconds],
      ];
    },
  };
}

/** True for the paths that load balancers and supervisors ask: they hold no secret, and need no token. */
export function isHealthPath(path: string): boolean {
  return path === "/-/healthz" || path === "/-/readyz";
}

/** Host name of a Host header in lower case, without port and brackets; undefined when it is malformed. */
export function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, "");
}

function bareHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, "");
}

function withoutDefaultPort(origin: string): string {
  if (origin.startsWith("http://")) return origin.replace(/:80$/, "");
  return origin.startsWith("https://") ? origin.replace(/:443$/, "") : origin;
}

/** A hostile value in a message: printable, short. */
function shown(value: string): string {
  const text = value.replaceAll(/[^\x20-\x7e]/g, "?");
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
