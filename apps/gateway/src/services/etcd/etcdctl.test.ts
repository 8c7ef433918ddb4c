import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServedEtcd, serveEtcd } from "./serve-etcd.ts";

const found = spawnSync("etcdctl", ["version"], { env: { ...process.env, ETCDCTL_API: "3" } }).status === 0;
if (!found) {
  if (process.env.REQUIRE_PEERS === "1") {
    throw new Error("etcdctl is not on PATH, and REQUIRE_PEERS=1 demands it (Debian: etcd-client)");
  }
  process.stderr.write("skipped: etcdctl is not on PATH (Debian: etcd-client)\n");
}

describe.skipIf(!found)("etcdctl on the embedded registry", () => {
  const run = promisify(execFile);
  const children = new Set<ChildProcess>();
  let served: ServedEtcd;
  let endpoint: string;

  beforeAll(async () => {
    served = await serveEtcd();
    endpoint = served.address;
  });

  afterAll(async () => {
    children.forEach((child) => child.kill("SIGKILL"));
    await served.close();
  });

  const environment = () => ({ PATH: process.env.PATH, ETCDCTL_API: "3", ETCDCTL_ENDPOINTS: endpoint });
  /** Runs etcdctl; its stdout, or the error with its stderr. */
  const etcdctl = async (...args: string[]) => (await run("etcdctl", args, { env: environment() })).stdout;
  const failing = (...args: string[]) =>
    run("etcdctl", args, { env: environment() }).then(
      () => "",
      (error: { stderr: string }) => error.stderr,
    );
  /** Starts an etcdctl that goes on; hands out its lines one by one. */
  const start = (...args: string[]) => {
    const child = spawn("etcdctl", args, { env: environment(), stdio: ["pipe", "pipe", "ignore"] });
    children.add(child);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const exited = once(child, "exit");
    return {
      write: (text: string) => child.stdin.end(text),
      next: async () => (await lines.next()).value as string,
      async stop() {
        child.kill("SIGKILL");
        await exited;
      },
    };
  };

  test("puts, gets, lists by prefix and deletes", async () => {
    expect(await etcdctl("put", "basic/a", "1")).toBe("OK\n");
    await etcdctl("put", "basic/b", "2");
    expect(await etcdctl("put", "basic/b", "3", "--prev-kv")).toBe("OK\nbasic/b\n2\n");
    expect(await etcdctl("get", "basic/a")).toBe("basic/a\n1\n");
    expect(await etcdctl("get", "--prefix", "basic/")).toBe("basic/a\n1\nbasic/b\n3\n");
    expect(await etcdctl("get", "--prefix", "basic/", "--keys-only")).toBe("basic/a\n\nbasic/b\n\n");
    expect(await etcdctl("get", "--prefix", "basic/", "--order=DESCEND", "--sort-by=KEY", "--limit=1")).toBe("basic/b\n3\n");
    expect(await etcdctl("del", "--prefix", "basic/")).toBe("2\n");
    expect(await etcdctl("get", "--prefix", "basic/")).toBe("");
  });

  test("reads an old revision until it is compacted", async () => {
    await etcdctl("put", "old", "first");
    const { header } = JSON.parse(await etcdctl("put", "old", "second", "-w", "json"));
    expect(await etcdctl("get", "old", `--rev=${header.revision - 1}`)).toBe("old\nfirst\n");
    expect(await etcdctl("compaction", String(header.revision))).toBe(`compacted revision ${header.revision}\n`);
    expect(await failing("get", "old", `--rev=${header.revision - 1}`)).toContain("mvcc: required revision has been compacted");
    expect(await failing("get", "old", `--rev=${header.revision + 1000}`)).toContain("mvcc: required revision is a future revision");
    expect(await etcdctl("get", "old")).toBe("old\nsecond\n");
  });

  test("runs a transaction", async () => {
    await etcdctl("put", "txn/key", "before");
    const txn = start("txn");
    txn.write('value("txn/key") = "before"\n\nput txn/key after\nget txn/key\n\nput txn/other x\n\n');
    expect(await txn.next()).toBe("SUCCESS");
    expect([await txn.next(), await txn.next(), await txn.next(), await txn.next(), await txn.next()]).toEqual([
      "",
      "OK",
      "",
      "txn/key",
      "after",
    ]);
    await txn.stop();
    expect(await etcdctl("get", "--prefix", "txn/")).toBe("txn/key\nafter\n");
  });

  test("watches a prefix, from now on and from an old revision", async () => {
    const { header } = JSON.parse(await etcdctl("put", "watch/a", "0", "-w", "json"));
    const replay = start("watch", "--prefix", "watch/", `--rev=${header.revision}`, "--prev-kv");
    expect([await replay.next(), await replay.next(), await replay.next()]).toEqual(["PUT", "watch/a", "0"]);
    await etcdctl("del", "watch/a");
    expect([await replay.next(), await replay.next(), await replay.next()]).toEqual(["DELETE", "watch/a", "0"]);
    await replay.stop();
  });

  test("keeps a key as long as its lease", async () => {
    expect(await etcdctl("lease", "grant", "60")).toContain("granted with TTL(60s)");
    const listed = lastLine(await etcdctl("lease", "list"));
    await etcdctl("put", "leased/a", "x", `--lease=${listed}`);
    expect(await etcdctl("lease", "timetolive", listed, "--keys")).toMatch(
      /granted with TTL\(60s\), remaining\((?:59|60)s\), attached keys\(\[leased\/a\]\)/u,
    );
    const keepAlive = start("lease", "keep-alive", listed);
    expect(await keepAlive.next()).toBe(`lease ${listed} keepalived with TTL(60)`);
    await keepAlive.stop();
    expect(await etcdctl("lease", "revoke", listed)).toBe(`lease ${listed} revoked\n`);
    expect(await etcdctl("get", "leased/a")).toBe("");
    expect(await etcdctl("lease", "timetolive", listed)).toContain("already expired");
    expect(await failing("lease", "revoke", listed)).toContain("requested lease not found");
    expect(await failing("put", "x", "y", `--lease=${listed}`)).toContain("requested lease not found");
  });

  test("lists its one member and its state", async () => {
    expect(await etcdctl("member", "list")).toContain(`started, rpcdeck, , http://${endpoint}, false`);
    const [status] = JSON.parse(await etcdctl("endpoint", "status", "-w", "json"));
    expect(status.Status.version).toBe("3.4.0");
    expect(status.Status.leader).toBe(status.Status.header.member_id);
    // etcdctl 3.4 says this on stderr.
    expect((await run("etcdctl", ["endpoint", "health"], { env: environment() })).stderr).toContain("is healthy");
  });

  test("holds a lock, which is leases, transactions and watches together", async () => {
    const lock = start("lock", "mutex");
    expect(await lock.next()).toMatch(/^mutex\//u);
    await lock.stop();
  });
});

function lastLine(list: string): string {
  return list.trim().split("\n").at(-1) ?? "";
}
