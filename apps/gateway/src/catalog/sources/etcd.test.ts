import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { KV, Lease } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { serveEtcd, type ServedEtcd } from "../../services/etcd/serve-etcd.ts";
import { createEmbeddedSource } from "../../services/etcd/embedded-source.ts";
import type { CatalogSource, SourceSnapshot, SourceStatus } from "../source.ts";
import { createEtcdSource } from "./etcd.ts";
import { type EtcdEndpoint, type EtcdSession, networkEndpoint } from "./etcd-session.ts";
import { hasEtcd, startRealEtcd } from "./real-etcd.ts";

if (!hasEtcd) {
  if (process.env["REQUIRE_PEERS"] === "1") {
    throw new Error("etcd is not on PATH, and REQUIRE_PEERS=1 demands it (Debian: etcd-server)");
  }
  process.stderr.write("skipped: etcd is not on PATH (Debian: etcd-server)\n");
}

interface Registry {
  readonly address: string;
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Everything a source says, and a way to wait for it. */
function follow(source: CatalogSource) {
  const stop = new AbortController();
  const statuses: SourceStatus[] = [];
  let snapshot: SourceSnapshot | undefined;
  let check = () => {};
  source.watch(
    stop.signal,
    (next) => {
      snapshot = next;
      check();
    },
    (status) => {
      statuses.push(status);
      check();
    },
  );
  return {
    statuses,
    source,
    stop: () => stop.abort(),
    now: () => snapshot,
    until: (holds: (snapshot: SourceSnapshot | undefined, status: SourceStatus) => boolean) =>
      new Promise<SourceSnapshot>((resolve) => {
        check = () => {
          if (holds(snapshot, statuses.at(-1)!)) {
            check = () => {};
            resolve(snapshot!);
          }
        };
        check();
      }),
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const naming = (address: string) => bytes(JSON.stringify({ Op: 0, Addr: address, Metadata: null }));
const labels = (snapshot: SourceSnapshot | undefined) => snapshot?.instances.map(({ label }) => label).join(" ");

async function embeddedRegistry(): Promise<Registry> {
  let served: ServedEtcd = await serveEtcd();
  const { address } = served;
  return {
    address,
    kill: () => served.close(),
    restart: async () => {
      served = await serveEtcd({}, Number(address.split(":")[1]));
    },
    close: () => served.close(),
  };
}

describe.each([
  { name: "the embedded registry over a socket", keepsData: false, start: embeddedRegistry, runs: true },
  { name: "a real etcd", keepsData: true, start: startRealEtcd as () => Promise<Registry>, runs: hasEtcd },
])("a source over $name", ({ keepsData, start, runs }) => {
  let registry: Registry;
  let manager: Http2SessionManager;
  let kv: Client<typeof KV>;
  let lease: Client<typeof Lease>;
  let followed: ReturnType<typeof follow>;

  beforeEach(async ({ skip }) => {
    skip(!runs, "etcd is not on PATH");
    registry = await start();
    const baseUrl = `http://${registry.address}`;
    manager = new Http2SessionManager(baseUrl);
    const transport = createGrpcTransport({ baseUrl, sessionManager: manager });
    kv = createClient(KV, transport);
    lease = createClient(Lease, transport);
  });

  afterEach(async () => {
    followed?.stop();
    manager?.abort();
    await registry?.close();
  });

  const put = (key: string, value: Uint8Array, leaseId = 0n) => kv.put({ key: bytes(key), value, lease: leaseId });
  const source = (prefix = "") =>
    createEtcdSource({ name: "etcd", kind: "etcd", endpoints: [networkEndpoint(`http://${registry.address}`)], prefix });

  test("reads what is there and follows what changes", async () => {
    await put("pb.Greeter/one", naming("127.0.0.1:1"));
    await put("unknown", bytes("whatever"));
    followed = follow(source());
    const first = await followed.until((snapshot) => labels(snapshot) === "one");
    expect(first.unread).toBe(1);
    await followed.until((_snapshot, status) => status.kind === "ok");
    await put("pb.Greeter/two", naming("127.0.0.1:2"));
    await followed.until((snapshot) => labels(snapshot) === "one two");
    await put("pb.Greeter/one", naming("127.0.0.1:3"));
    await followed.until((snapshot) => snapshot?.instances[0]?.address === "127.0.0.1:3");
    await kv.deleteRange({ key: bytes("pb.Greeter/one") });
    const last = await followed.until((snapshot) => labels(snapshot) === "two");
    expect(last.removals).toEqual(new Map([["etcd/pb.Greeter/one", "deregistered"]]));
  });

  test("sees only its prefix", async () => {
    await put("pb.Greeter/one", naming("127.0.0.1:1"));
    await put("pb.Greeter2/two", naming("127.0.0.1:2"));
    followed = follow(source("pb.Greeter/"));
    await followed.until((snapshot, status) => status.kind === "ok" && labels(snapshot) === "one");
    await put("pb.Greeter0", naming("127.0.0.1:3"));
    await put("pb.Greeter/three", naming("127.0.0.1:4"));
    expect(labels(await followed.until((snapshot) => snapshot?.instances.length === 2))).toBe("one three");
  });

  test("reads more keys than fit on a page", async () => {
    for (let batch = 0; batch < 21; batch++) {
      const success = Array.from({ length: 100 }, (_, index) => ({
        request: { case: "requestPut" as const, value: { key: bytes(`s/${batch}-${index}`), value: naming("127.0.0.1:1") } },
      }));
      await kv.txn({ success });
    }
    followed = follow(source());
    await followed.until((snapshot) => snapshot?.instances.length === 2100);
  });

  test("tells the time left of leases, and what it knows about the end of one", async () => {
    const { ID } = await lease.leaseGrant({ TTL: 60n });
    await put("a/one", naming("127.0.0.1:1"), ID);
    await put("a/two", naming("127.0.0.1:2"), ID);
    followed = follow(source());
    await followed.until((snapshot, status) => status.kind === "ok" && labels(snapshot) === "one two");
    const { signal } = new AbortController();
    const left = await followed.source.leasesLeft!([ID, 12345n], signal);
    expect(left.get(ID)?.grantedMs).toBe(60_000);
    expect(left.get(ID)?.leftMs).toBeGreaterThan(50_000);
    expect(left.get(12345n)?.leftMs).toBe(-1);
    await kv.deleteRange({ key: bytes("a/one") });
    // The lease still lives, so the key was deleted by hand.
    expect((await followed.until((snapshot) => labels(snapshot) === "two")).removals.get("etcd/a/one")).toBe("deregistered");
    await lease.leaseRevoke({ ID });
    // Revoked or run out: over the wire nobody can tell.
    expect((await followed.until((snapshot) => labels(snapshot) === "")).removals.size).toBe(0);
  });

  test("keeps the last snapshot while the registry is away, and goes on when it is back", async () => {
    await put("a/one", naming("127.0.0.1:1"));
    followed = follow(source());
    await followed.until((snapshot, status) => status.kind === "ok" && labels(snapshot) === "one");
    await registry.kill();
    await followed.until((_snapshot, status) => status.kind === "stale");
    const stale = followed.statuses.at(-1)!;
    expect(stale.kind === "stale" && stale.problem).toContain(registry.address);
    expect(labels(followed.now())).toBe("one");
    await registry.restart();
    await followed.until((snapshot, status) => status.kind === "ok" && (keepsData || labels(snapshot) === ""));
    await put("a/two", naming("127.0.0.1:2"));
    await followed.until((snapshot) => labels(snapshot) === (keepsData ? "one two" : "two"));
  });

  test("begins anew when the history it missed was compacted", async () => {
    const line = cuttable(networkEndpoint(`http://${registry.address}`));
    await put("a/one", naming("127.0.0.1:1"));
    followed = follow(createEtcdSource({ name: "etcd", kind: "etcd", endpoints: [line.endpoint] }));
    await followed.until((snapshot, status) => status.kind === "ok" && labels(snapshot) === "one");
    line.cut();
    await followed.until((_snapshot, status) => status.kind === "stale");
    await put("a/two", naming("127.0.0.1:2"));
    await kv.deleteRange({ key: bytes("a/one") });
    const { header } = await put("a/three", naming("127.0.0.1:3"));
    await kv.compact({ revision: header!.revision });
    line.mend();
    const snapshot = await followed.until((next) => labels(next) !== "one");
    expect(snapshot.instances.map(({ label }) => label).sort((x, y) => x.localeCompare(y))).toEqual(["three", "two"]);
  });

  test("goes on from the last revision after a cut, so that nothing is missed", async () => {
    const line = cuttable(networkEndpoint(`http://${registry.address}`));
    await put("a/one", naming("127.0.0.1:1"));
    followed = follow(createEtcdSource({ name: "etcd", kind: "etcd", endpoints: [line.endpoint] }));
    await followed.until((snapshot, status) => status.kind === "ok" && labels(snapshot) === "one");
    line.cut();
    await followed.until((_snapshot, status) => status.kind === "stale");
    await kv.deleteRange({ key: bytes("a/one") });
    line.mend();
    // Only a watch that replays, not a new snapshot, says why.
    expect((await followed.until((snapshot) => labels(snapshot) === "")).removals.get("etcd/a/one")).toBe("deregistered");
  });
});

/** An endpoint whose line can be cut: the open session breaks, and none can be opened until it is mended. */
function cuttable(endpoint: EtcdEndpoint) {
  const nobody = networkEndpoint("http://127.0.0.1:1");
  let session: EtcdSession | undefined;
  let isCut = false;
  return {
    endpoint: {
      address: endpoint.address,
      open() {
        session = (isCut ? nobody : endpoint).open();
        return session;
      },
    },
    cut() {
      isCut = true;
      session?.close();
    },
    mend() {
      isCut = false;
    },
  };
}

describe.skipIf(!hasEtcd)("a source over a real etcd that hangs", () => {
  test("notices the half-dead connection and comes back", async () => {
    const etcd = await startRealEtcd();
    const timers = { answerTimeoutMs: 300, silenceMs: 200, answerMs: 200 };
    const followed = follow(
      createEtcdSource({ name: "etcd", kind: "etcd", endpoints: [networkEndpoint(`http://${etcd.address}`)], timers }),
    );
    await followed.until((_snapshot, status) => status.kind === "ok");
    etcd.freeze();
    await followed.until((_snapshot, status) => status.kind === "stale");
    etcd.thaw();
    await followed.until((_snapshot, status) => status.kind === "ok");
    followed.stop();
    await etcd.close();
  });
});

describe("a source", () => {
  test("turns to the next endpoint when one is not there", async () => {
    const served = await serveEtcd();
    const followed = follow(
      createEtcdSource({
        name: "etcd",
        kind: "etcd",
        endpoints: [networkEndpoint("http://127.0.0.1:1"), networkEndpoint(`http://${served.address}`)],
      }),
    );
    await followed.until((_snapshot, status) => status.kind === "ok");
    const problems = followed.statuses.flatMap((status) => (status.kind === "stale" ? status.problem : []));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("127.0.0.1:1:");
    followed.stop();
    await served.close();
  });

  test("authenticates with its credentials and never shows them", async () => {
    const served = await serveEtcd({ token: "secret" });
    const endpoint = (password: string) => networkEndpoint(`http://${served.address}`, { credentials: { name: "me", password } });
    const good = follow(createEtcdSource({ name: "etcd", kind: "etcd", endpoints: [endpoint("secret")] }));
    await good.until((_snapshot, status) => status.kind === "ok");
    good.stop();
    const bad = follow(createEtcdSource({ name: "etcd", kind: "etcd", endpoints: [endpoint("hunter2")] }));
    await bad.until((_snapshot, status) => status.kind === "stale");
    expect(JSON.stringify(bad.statuses)).toContain("authentication failed");
    expect(JSON.stringify(bad.statuses)).not.toContain("hunter2");
    bad.stop();
    await served.close();
  });

  test("reads the embedded registry in memory, which knows why keys went away", async () => {
    const served = await serveEtcd();
    const { store, leases } = served.etcd;
    const followed = follow(createEmbeddedSource(served.etcd));
    await followed.until((_snapshot, status) => status.kind === "ok");
    const { id } = leases.grant(60n, 0n);
    store.commit("write", (transaction) => transaction.put(bytes("a/one"), naming("127.0.0.1:1"), id));
    await followed.until((snapshot) => labels(snapshot) === "one");
    leases.revoke(id);
    expect((await followed.until((snapshot) => labels(snapshot) === "")).removals.get("embedded/a/one")).toBe("deregistered");
    followed.stop();
    await served.close();
  });
});
