import {
  type Client,
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type ConnectRouter,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Auth, KV, Lease, Watch } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { codeOf, describeNetError } from "../../net/net-error.ts";
import { trustSystemAuthorities } from "../../net/system-authorities.ts";
import type { InstanceTls } from "../instance.ts";

/** A connection to one member of a cluster. */
export interface EtcdSession {
  readonly kv: Client<typeof KV>;
  readonly lease: Client<typeof Lease>;
  readonly watch: Client<typeof Watch>;
  /** Gets a token when there are credentials; does nothing without. */
  authenticate(signal: AbortSignal): Promise<void>;
  /** Ends the connection and everything on it. */
  close(): void;
}

/** One member that sessions can be opened to. */
export interface EtcdEndpoint {
  /** To show. */
  readonly address: string;
  open(): EtcdSession;
}

/** How to reach a real cluster. */
export interface EtcdAccess {
  /** For https endpoints: whom to trust, and who we are. */
  readonly tls?: Exclude<InstanceTls, { kind: "plaintext" }>;
  /** From environment or file. */
  readonly credentials?: { readonly name: string; readonly password: string };
}

/** Longest wait for an answer to Authenticate, in milliseconds. */
const authenticateTimeoutMs = 5_000;

/** A member of a real cluster, such as `http://127.0.0.1:2379`. Connects when a session is first used. */
export function networkEndpoint(baseUrl: string, access: EtcdAccess = {}): EtcdEndpoint {
  return {
    address: new URL(baseUrl).host,
    open() {
      if (baseUrl.startsWith("https:") && access.tls?.ca === undefined) trustSystemAuthorities();
      const sessionManager = new Http2SessionManager(baseUrl, {}, tlsOptions(access.tls));
      return sessionOver(
        (interceptors) => createGrpcTransport({ baseUrl, sessionManager, interceptors }),
        () => sessionManager.abort(),
        access.credentials,
      );
    },
  };
}

/** The embedded registry, read in memory through its own routes: no socket is opened (decision 15). */
export function memoryEndpoint(routes: (router: ConnectRouter) => void): EtcdEndpoint {
  return {
    address: "in memory",
    open: () =>
      sessionOver(
        (interceptors) => createRouterTransport(routes, { transport: { interceptors } }),
        () => {},
        undefined,
      ),
  };
}

/** True when an error says that the token is no longer good, so that authenticating again may help. */
export function isTokenProblem(error: unknown): boolean {
  const { code, rawMessage } = ConnectError.from(error);
  return code === Code.Unauthenticated || rawMessage.includes("invalid auth token") || rawMessage.includes("revision of auth store is old");
}

/** Why a registry could not be read, in one line without its address. */
export function describeEtcdProblem(error: unknown): string {
  if (!(error instanceof ConnectError)) return error instanceof Error ? error.message : String(error);
  const { cause } = error;
  // A TLS server that is spoken to in plaintext just hangs up.
  if (error.rawMessage.startsWith("http/2 stream closed with error code CANCEL"))
    return "the connection was closed before an answer; a registry with TLS needs etcds://";
  return codeOf(cause) === undefined ? error.rawMessage : describeNetError(cause);
}

function sessionOver(
  transportWith: (interceptors: Interceptor[]) => Transport,
  close: () => void,
  credentials: EtcdAccess["credentials"],
): EtcdSession {
  let token: string | undefined;
  const addToken: Interceptor = (next) => (request) => {
    if (token !== undefined) {
      request.header.set("token", token);
    }
    return next(request);
  };
  const transport = transportWith([addToken]);
  const auth = createClient(Auth, transport);
  return {
    kv: createClient(KV, transport),
    lease: createClient(Lease, transport),
    watch: createClient(Watch, transport),
    async authenticate(signal) {
      if (credentials !== undefined) {
        token = undefined;
        ({ token } = await auth.authenticate(credentials, { signal, timeoutMs: authenticateTimeoutMs }));
      }
    },
    close,
  };
}

function tlsOptions(tls: EtcdAccess["tls"]) {
  if (tls === undefined) {
    return {};
  }
  return {
    rejectUnauthorized: tls.verify,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.clientCert === undefined ? {} : tls.clientCert),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}
