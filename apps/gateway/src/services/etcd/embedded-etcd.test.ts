import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { RequestOpSchema, type WatchRequestSchema, type WatchResponse } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import {
  Auth,
  Compare_CompareResult as Result,
  Compare_CompareTarget as Target,
  KV,
  Lease,
  Watch,
  WatchCreateRequest_FilterType as Filter,
} from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFakeClock, type FakeClock } from "../../catalog/fake-clock.ts";
import { createRequestQueue } from "@rpcdeck/services";
import { createEmbeddedEtcd, type EmbeddedEtcd } from "./embedded-etcd.ts";
import { maxHistoryRevisions, maxTxnOps, progressIntervalMs } from "./limits.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);
const none = new Uint8Array();

let clock: FakeClock;
let etcd: EmbeddedEtcd;
let kv: ReturnType<typeof clientOf<typeof KV>>;
let lease: ReturnType<typeof clientOf<typeof Lease>>;
const streams = new Set<AbortController>();

function clientOf<Service extends typeof KV | typeof Lease | typeof Watch | typeof Auth>(service: Service) {
  return createClient(service, createRouterTransport(etcd.routes));
}

beforeEach(() => {
  clock = createFakeClock();
  etcd = createEmbeddedEtcd({ clock });
  kv = clientOf(KV);
  lease = clientOf(Lease);
});

afterEach(async () => {
  streams.forEach((stream) => stream.abort());
  streams.clear();
  etcd.close();
  // Streams end on their own turn.
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.pending()).toBe(0);
});

const put = (key: string, value: string, leaseId = 0n) => kv.put({ key: bytes(key), value: bytes(value), lease: leaseId });
const get = async (key: string, revision = 0n) => (await kv.range({ key: bytes(key), revision })).kvs.map(({ value }) => text(value));
const all = { key: new Uint8Array([0]), rangeEnd: new Uint8Array([0]) };

async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    return `${Code[code]}: ${rawMessage}`;
  }
  return "no error";
}

describe("keys", () => {
  test("count revisions and versions as etcd does", async () => {
    expect((await put("a", "1")).header?.revision).toBe(2n);
    await put("a", "2");
    expect((await kv.deleteRange({ key: bytes("nothing") })).header?.revision).toBe(3n);
    const [first] = (await kv.range({ key: bytes("a") })).kvs;
    expect([first?.createRevision, first?.modRevision, first?.version]).toEqual([2n, 3n, 2n]);
    expect((await kv.deleteRange({ key: bytes("a"), prevKv: true })).prevKvs.map(({ value }) => text(value))).toEqual(["2"]);
    await put("a", "3");
    const [again] = (await kv.range({ key: bytes("a") })).kvs;
    expect([again?.createRevision, again?.modRevision, again?.version]).toEqual([5n, 5n, 1n]);
    expect(await get("a", 2n)).toEqual(["1"]);
    expect(await get("a", 4n)).toEqual([]);
  });

  test("come in byte order, limited, counted and filtered", async () => {
    for (const key of ["b", "a", "é", "c"]) {
      await put(key, key);
    }
    const keys = async (request: object) => (await kv.range({ ...all, ...request })).kvs.map(({ key }) => text(key));
    expect(await keys({})).toEqual(["a", "b", "c", "é"]);
    expect(await keys({ key: bytes("b"), rangeEnd: bytes("d") })).toEqual(["b", "c"]);
    expect(await keys({ sortOrder: 2 })).toEqual(["é", "c", "b", "a"]);
    expect(await keys({ sortTarget: 3 })).toEqual(["b", "a", "é", "c"]);
    expect(await keys({ minModRevision: 3n, maxModRevision: 4n })).toEqual(["a", "é"]);
    const limited = await kv.range({ ...all, limit: 3n, keysOnly: true });
    expect([limited.kvs.length, limited.more, limited.count, limited.kvs[0]?.value.length]).toEqual([3, true, 4n, 0]);
    const counted = await kv.range({ ...all, countOnly: true });
    expect([counted.kvs.length, counted.count]).toEqual([0, 4n]);
  });

  test("refuse what etcd refuses, in its words", async () => {
    expect(await failure(kv.range({}))).toBe("InvalidArgument: etcdserver: key is not provided");
    expect(await failure(kv.put({ key: bytes("a"), value: bytes("x"), ignoreValue: true }))).toBe(
      "InvalidArgument: etcdserver: value is provided",
    );
    expect(await failure(kv.put({ key: bytes("a"), ignoreValue: true }))).toBe("InvalidArgument: etcdserver: key not found");
    expect(await failure(put("a", "x", 7n))).toBe("NotFound: etcdserver: requested lease not found");
    expect(await failure(put("a", "x".repeat(1_600_000)))).toBe("InvalidArgument: etcdserver: request is too large");
    expect(await failure(get("a", 99n))).toBe("OutOfRange: etcdserver: mvcc: required revision is a future revision");
    expect(await failure(kv.compact({ revision: 99n }))).toBe("OutOfRange: etcdserver: mvcc: required revision is a future revision");
  });

  test("lose their history when it is compacted, not their state", async () => {
    await put("a", "1");
    await put("a", "2");
    await put("b", "x");
    await kv.deleteRange({ key: bytes("b") });
    await kv.compact({ revision: 5n });
    expect(await failure(get("a", 4n))).toBe("OutOfRange: etcdserver: mvcc: required revision has been compacted");
    expect(await failure(kv.compact({ revision: 5n }))).toBe("OutOfRange: etcdserver: mvcc: required revision has been compacted");
    expect(await get("a", 5n)).toEqual(["2"]);
    expect(await get("b")).toEqual([]);
  });

  test("keep a bounded history without being asked", async () => {
    for (let index = 0; index <= maxHistoryRevisions; index++) {
      etcd.store.commit("write", (transaction) => transaction.put(bytes("a"), bytes(String(index)), 0n));
    }
    expect(etcd.store.compactedRevision()).toBeGreaterThan(0n);
    expect(await get("a")).toEqual([String(maxHistoryRevisions)]);
  });
});

describe("transactions", () => {
  const putOp = (key: string, value: string) =>
    ({ request: { case: "requestPut", value: { key: bytes(key), value: bytes(value) } } }) as const;
  const getOp = (key: string) => ({ request: { case: "requestRange", value: { key: bytes(key) } } }) as const;
  const delOp = (key: string, rangeEnd = none) =>
    ({ request: { case: "requestDeleteRange", value: { key: bytes(key), rangeEnd } } }) as const;

  test("do one branch at one revision and see their own writes", async () => {
    await put("a", "1");
    const compare = [
      { result: Result.EQUAL, target: Target.VALUE, key: bytes("a"), targetUnion: { case: "value", value: bytes("1") } },
    ] as const;
    const response = await kv.txn({
      compare: [...compare],
      success: [putOp("a", "2"), putOp("b", "3"), getOp("a")],
      failure: [putOp("c", "4")],
    });
    expect([response.succeeded, response.header?.revision, response.responses.length]).toEqual([true, 3n, 3]);
    const read = response.responses[2]?.response;
    expect(read?.case === "responseRange" && read.value.kvs.map(({ value, modRevision }) => [text(value), modRevision])).toEqual([
      ["2", 3n],
    ]);
    expect((await kv.txn({ compare: [...compare], failure: [putOp("c", "4")] })).succeeded).toBe(false);
    expect(await get("c")).toEqual(["4"]);
  });

  test("nest, with all compares decided before the first write", async () => {
    const absent = {
      result: Result.EQUAL,
      target: Target.CREATE,
      key: bytes("a"),
      targetUnion: { case: "createRevision", value: 0n },
    } as const;
    const nested = create(RequestOpSchema, {
      request: { case: "requestTxn", value: { compare: [absent], success: [putOp("n", "yes")], failure: [putOp("n", "no")] } },
    });
    await kv.txn({ success: [create(RequestOpSchema, putOp("a", "1")), nested] });
    expect(await get("n")).toEqual(["yes"]);
  });

  test("refuse a key written twice, too many operations, and do nothing when one cannot be done", async () => {
    const twice = "InvalidArgument: etcdserver: duplicate key given in txn request";
    expect(await failure(kv.txn({ success: [putOp("a", "1"), putOp("a", "2")] }))).toBe(twice);
    expect(await failure(kv.txn({ success: [delOp("a", bytes("c")), putOp("b", "2")] }))).toBe(twice);
    const many = Array.from({ length: maxTxnOps + 1 }, (_, index) => putOp(String(index), ""));
    expect(await failure(kv.txn({ success: many }))).toBe("InvalidArgument: etcdserver: too many operations in txn request");
    const noLease = { request: { case: "requestPut", value: { key: bytes("b"), lease: 9n } } } as const;
    expect(await failure(kv.txn({ success: [putOp("a", "1"), noLease] }))).toBe("NotFound: etcdserver: requested lease not found");
    expect(await get("a")).toEqual([]);
  });
});

describe("leases", () => {
  test("delete their keys in one revision when they run out", async () => {
    const { ID } = await lease.leaseGrant({ TTL: 10n });
    await put("a", "1", ID);
    await put("b", "1", ID);
    await put("b", "2");
    clock.advance(9_999);
    expect(await lease.leaseTimeToLive({ ID, keys: true })).toMatchObject({ TTL: 0n, grantedTTL: 10n, keys: [bytes("a")] });
    clock.advance(1);
    expect(await get("a")).toEqual([]);
    expect(await get("b")).toEqual(["2"]);
    expect((await lease.leaseTimeToLive({ ID })).TTL).toBe(-1n);
    expect(etcd.store.causeOf(etcd.store.revision())).toBe("lease-expired");
  });

  test("live on while they are renewed", async () => {
    const { ID } = await lease.leaseGrant({ TTL: 10n, ID: 77n });
    expect(ID).toBe(77n);
    await put("a", "1", ID);
    for (let index = 0; index < 5; index++) {
      clock.advance(9_000);
      async function* once() {
        yield { ID };
      }
      for await (const { TTL } of lease.leaseKeepAlive(once())) {
        expect(TTL).toBe(10n);
      }
    }
    expect(await get("a")).toEqual(["1"]);
    clock.advance(10_000);
    expect(await get("a")).toEqual([]);
    async function* late() {
      yield { ID };
    }
    for await (const { TTL } of lease.leaseKeepAlive(late())) {
      expect(TTL).toBe(0n);
    }
  });

  test("have a shortest and a longest time, and ids of their own", async () => {
    expect((await lease.leaseGrant({ TTL: 0n, ID: 1n })).TTL).toBe(2n);
    expect(await failure(lease.leaseGrant({ TTL: 5n, ID: 1n }))).toBe("FailedPrecondition: etcdserver: lease already exists");
    expect(await failure(lease.leaseGrant({ TTL: 9_000_000_001n }))).toBe("OutOfRange: etcdserver: too large lease TTL");
    const { ID } = await lease.leaseGrant({ TTL: 60n });
    expect((await lease.leaseLeases({})).leases.map((one) => one.ID)).toEqual([1n, ID]);
    await lease.leaseRevoke({ ID });
    expect(await failure(lease.leaseRevoke({ ID }))).toBe("NotFound: etcdserver: requested lease not found");
  });
});

describe("watches", () => {
  function watch() {
    const stream = new AbortController();
    streams.add(stream);
    const requests = createRequestQueue<MessageInitShape<typeof WatchRequestSchema>>();
    const responses = clientOf(Watch).watch(requests, { signal: stream.signal })[Symbol.asyncIterator]() as AsyncIterator<WatchResponse>;
    type Create = Extract<NonNullable<MessageInitShape<typeof WatchRequestSchema>["requestUnion"]>, { case: "createRequest" }>["value"];
    return {
      create: (value: Create) => requests.push({ requestUnion: { case: "createRequest", value } }),
      cancel: (watchId: bigint) => requests.push({ requestUnion: { case: "cancelRequest", value: { watchId } } }),
      progress: () => requests.push({ requestUnion: { case: "progressRequest", value: {} } }),
      next: async () => (await responses.next()).value as WatchResponse,
    };
  }
  const shown = ({ events }: WatchResponse) =>
    events.map(
      ({ type, kv: now, prevKv }) =>
        `${type === 0 ? "put" : "delete"} ${text(now!.key)} ${text(now!.value)}${prevKv === undefined ? "" : ` was ${text(prevKv.value)}`}`,
    );

  test("tell what happens from now on, with what was there before", async () => {
    await put("a", "0");
    const stream = watch();
    stream.create({ ...all, prevKv: true });
    expect(await stream.next()).toMatchObject({ created: true, watchId: 0n, header: { revision: 2n } });
    await put("a", "1");
    expect(shown(await stream.next())).toEqual(["put a 1 was 0"]);
    await kv.deleteRange({ key: bytes("a") });
    expect(shown(await stream.next())).toEqual(["delete a  was 1"]);
  });

  test("replay from a revision, a transaction in one piece", async () => {
    await put("a", "1");
    await kv.txn({ success: ["b", "c"].map((key) => ({ request: { case: "requestPut", value: { key: bytes(key) } } }) as const) });
    const stream = watch();
    stream.create({ ...all, startRevision: 2n });
    await stream.next();
    expect(shown(await stream.next())).toEqual(["put a 1", "put b ", "put c "]);
  });

  test("keep several watchers on one stream apart, and cancel one of them", async () => {
    const stream = watch();
    stream.create({ key: bytes("a"), watchId: 5n });
    stream.create({ ...all, filters: [Filter.NOPUT] });
    expect([(await stream.next()).watchId, (await stream.next()).watchId]).toEqual([5n, 0n]);
    stream.create({ ...all, watchId: 5n });
    expect(await stream.next()).toMatchObject({
      created: true,
      canceled: true,
      cancelReason: "mvcc: duplicate watch ID provided on the WatchStream",
    });
    await put("a", "1");
    expect(await stream.next()).toMatchObject({ watchId: 5n });
    await kv.deleteRange({ key: bytes("a") });
    expect([(await stream.next()).watchId, (await stream.next()).watchId]).toEqual([5n, 0n]);
    stream.cancel(5n);
    expect(await stream.next()).toMatchObject({ watchId: 5n, canceled: true });
    stream.progress();
    expect(await stream.next()).toMatchObject({ watchId: -1n, header: { revision: 3n } });
  });

  test("are cancelled when their history is gone", async () => {
    await put("a", "1");
    await put("a", "2");
    await kv.compact({ revision: 3n });
    const stream = watch();
    stream.create({ ...all, startRevision: 2n });
    await stream.next();
    expect(await stream.next()).toMatchObject({ canceled: true, compactRevision: 3n });
  });

  test("report progress when nothing happens", async () => {
    const stream = watch();
    stream.create({ ...all, progressNotify: true });
    await stream.next();
    clock.advance(progressIntervalMs);
    expect(await stream.next()).toMatchObject({ watchId: 0n, events: [] });
  });

  test("come in fragments when asked for", async () => {
    const big = "x".repeat(700_000);
    await put("a", big);
    await put("b", big);
    const stream = watch();
    stream.create({ ...all, startRevision: 2n, fragment: true });
    await stream.next();
    const [first, second] = [await stream.next(), await stream.next()];
    expect([first.fragment, first.events.length, second.fragment, second.events.length]).toEqual([true, 1, false, 1]);
  });

  test("tell that a lease ran out", async () => {
    const { ID } = await lease.leaseGrant({ TTL: 5n });
    await put("a", "1", ID);
    const stream = watch();
    stream.create({ ...all });
    await stream.next();
    clock.advance(5_000);
    expect(shown(await stream.next())).toEqual(["delete a "]);
  });
});

describe("users", () => {
  test("exchange the gateway's token as password", async () => {
    expect(await failure(clientOf(Auth).authenticate({ name: "x", password: "y" }))).toBe(
      "FailedPrecondition: etcdserver: authentication is not enabled",
    );
    etcd.close();
    etcd = createEmbeddedEtcd({ clock, token: "secret" });
    expect(await failure(clientOf(Auth).authenticate({ name: "x", password: "y" }))).toBe(
      "InvalidArgument: etcdserver: authentication failed, invalid user ID or password",
    );
    expect((await clientOf(Auth).authenticate({ name: "anybody", password: "secret" })).token).toBe("secret");
  });
});
