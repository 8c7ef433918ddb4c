import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { Auth, Cluster, KV, Lease, Maintenance, type ResponseHeader, ResponseHeaderSchema, Watch } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { type Clock, systemClock } from "../../catalog/clock.ts";
import { etcdError } from "./faults.ts";
import { keyTextFrom } from "./key-interval.ts";
import { createLeases, type Leases } from "./leases.ts";
import { maxRequestBytes } from "./limits.ts";
import { checkRange, readRange } from "./read-range.ts";
import { checkTxn, runTxn, txnBytes } from "./run-txn.ts";
import { createStore, type Store } from "./store.ts";
import { watchStream } from "./watch-stream.ts";
import { checkDelete, checkPut, checkPutNow, deleteKeys, putKey } from "./write-keys.ts";

/** The etcd whose API the embedded registry speaks. */
const apiVersion = "3.4.0";
/** A single member has been elected once. */
const raftTerm = 2n;

/** What the embedded registry needs. */
export interface EmbeddedEtcdOptions {
  /** Decides when leases end; the machine's clock unless given. */
  readonly clock?: Clock;
  /** The gateway's token: then Authenticate exchanges it, as password of any user, for itself. */
  readonly token?: string | undefined;
  /** Addresses that member list tells clients; asked at each call. */
  readonly clientUrls?: () => readonly string[];
}

/** An etcd v3 server in memory, for registering services. All is lost with the process; its cluster id tells clients so. */
export interface EmbeddedEtcd {
  readonly store: Store;
  readonly leases: Leases;
  /** Adds KV, Watch, Lease, Cluster, Maintenance and Auth of package etcdserverpb. */
  readonly routes: (router: ConnectRouter) => void;
  /** Ends watch streams and stops expiring leases. */
  close(): void;
}

/** An empty registry. */
export function createEmbeddedEtcd(options: EmbeddedEtcdOptions = {}): EmbeddedEtcd {
  const clock = options.clock ?? systemClock;
  const store = createStore();
  const leases = createLeases(store, clock);
  const closing = new AbortController();
  const clusterId = randomBytes(8).readBigUInt64BE();
  const memberId = randomBytes(8).readBigUInt64BE();

  const header = (): ResponseHeader => create(ResponseHeaderSchema, { clusterId, memberId, revision: store.revision(), raftTerm });

  function routes(router: ConnectRouter): void {
    router.service(KV, {
      range(request) {
        checkRange(request);
        return readRange(store, request, header());
      },
      put(request) {
        checkPut(request);
        checkSize(request.key.length + request.value.length);
        checkPutNow(store, leases, request);
        const newKeys = store.get(keyTextFrom(request.key)) === undefined ? 1 : 0;
        store.reserve(request.key.length + request.value.length, newKeys);
        const response = store.commit("write", (transaction) => putKey(store, transaction, request, undefined));
        response.header = header();
        return response;
      },
      deleteRange(request) {
        checkDelete(request);
        const response = store.commit("write", (transaction) => deleteKeys(transaction, request, undefined));
        response.header = header();
        return response;
      },
      txn(request) {
        checkTxn(request);
        const bytes = txnBytes(request);
        checkSize(bytes);
        store.reserve(bytes, 0);
        return runTxn(store, leases, request, header);
      },
      compact(request) {
        store.compact(request.revision);
        return { header: header() };
      },
    });

    router.service(Watch, {
      watch: (requests, context) =>
        watchStream(requests, { store, clock, header, signal: AbortSignal.any([context.signal, closing.signal]) }),
    });

    router.service(Lease, {
      leaseGrant(request) {
        const lease = leases.grant(request.TTL, request.ID);
        return { header: header(), ID: lease.id, TTL: lease.ttlSeconds };
      },
      leaseRevoke(request) {
        leases.revoke(request.ID);
        return { header: header() };
      },
      async *leaseKeepAlive(requests) {
        for await (const request of requests) {
          yield { header: header(), ID: request.ID, TTL: leases.keepAlive(request.ID) };
        }
      },
      leaseTimeToLive(request) {
        const lease = leases.timeToLive(request.ID);
        if (lease === undefined) {
          return { header: header(), ID: request.ID, TTL: -1n };
        }
        const keys = request.keys ? store.keysOf(request.ID).map((key) => Buffer.from(key, "latin1")) : [];
        return { header: header(), ID: request.ID, TTL: lease.leftSeconds, grantedTTL: lease.grantedSeconds, keys };
      },
      leaseLeases: () => ({ header: header(), leases: leases.ids().map((ID) => ({ ID })) }),
    });

    router.service(Cluster, {
      memberList: () => ({
        header: header(),
        members: [{ ID: memberId, name: "rpcdeck", peerURLs: [], clientURLs: [...(options.clientUrls?.() ?? [])] }],
      }),
    });

    router.service(Maintenance, {
      status: () => ({
        header: header(),
        version: apiVersion,
        dbSize: BigInt(store.sizeBytes()),
        dbSizeInUse: BigInt(store.sizeBytes()),
        leader: memberId,
        raftIndex: store.revision(),
        raftAppliedIndex: store.revision(),
        raftTerm,
      }),
    });

    router.service(Auth, {
      authenticate(request) {
        if (options.token === undefined) {
          throw etcdError("auth_not_enabled");
        }
        if (!isSameSecret(request.password, options.token)) {
          throw etcdError("auth_failed");
        }
        return { header: header(), token: options.token };
      },
    });
  }

  return {
    store,
    leases,
    routes,
    close() {
      closing.abort();
      leases.close();
    },
  };
}

function checkSize(bytes: number): void {
  if (bytes > maxRequestBytes) {
    throw etcdError("request_too_large");
  }
}

/** Compares without telling by its time how much is right. */
function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
