// A real etcd that wants TLS and a password, as clusters that matter do.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasOpenssl, makeTestCertificates, type TestCertificates } from "../../test-certificates.ts";
import type { SourceSnapshot, SourceStatus } from "../source.ts";
import { createEtcdSource } from "./etcd.ts";
import { type EtcdAccess, networkEndpoint } from "./etcd-session.ts";
import { hasEtcd, type RealEtcd, startRealEtcd } from "./real-etcd.ts";

const canRun = hasOpenssl && hasEtcd && spawnSync("etcdctl", ["version"], { env: { ...process.env, ETCDCTL_API: "3" } }).status === 0;
if (!canRun) process.stderr.write("etcd-secured.test.ts is skipped: it needs etcd, etcdctl and openssl on PATH\n");
const timeoutMs = 30_000;
const password = "a password: with a colon";

describe.skipIf(!canRun)("an etcd with TLS and authentication", () => {
  let certificates: TestCertificates;
  let etcd: RealEtcd;
  let ca: string;

  beforeAll(async () => {
    certificates = makeTestCertificates();
    ca = readFileSync(certificates.ca, "utf8");
    etcd = await startRealEtcd(certificates.good);
    const ctl = (...args: string[]): unknown =>
      execFileSync("etcdctl", ["--endpoints", `https://${etcd.address}`, "--cacert", certificates.ca, ...args], {
        env: { PATH: process.env["PATH"], ETCDCTL_API: "3" },
      });
    ctl("user", "add", `root:${password}`);
    ctl("user", "grant-role", "root", "root");
    ctl("put", "greeter-go/a", JSON.stringify({ Op: 0, Addr: "127.0.0.1:1", Metadata: null }));
    ctl("auth", "enable");
  }, timeoutMs);
  afterAll(async () => {
    await etcd.close();
    certificates[Symbol.dispose]();
  });

  /** The first snapshot's instances, or the first problem. */
  async function read(scheme: "http" | "https", access: EtcdAccess): Promise<readonly string[]> {
    const ending = new AbortController();
    const source = createEtcdSource({ name: "etcd", kind: "etcd", endpoints: [networkEndpoint(`${scheme}://${etcd.address}`, access)] });
    try {
      return await new Promise((resolve) => {
        const onSnapshot = ({ instances }: SourceSnapshot): void => resolve(instances.map(({ id }) => id));
        const onStatus = (status: SourceStatus): void => {
          if (status.kind === "stale") resolve([status.problem.replace(etcd.address, "etcd")]);
        };
        source.watch(ending.signal, onSnapshot, onStatus);
      });
    } finally {
      ending.abort();
    }
  }

  const tls = (): NonNullable<EtcdAccess["tls"]> => ({ kind: "tls", verify: true, ca });

  test("is read with the authority and the password", { timeout: timeoutMs }, async () => {
    expect(await read("https", { tls: tls(), credentials: { name: "root", password } })).toEqual(["etcd/greeter-go/a"]);
  });

  for (const [what, scheme, access, problem] of [
    ["a wrong password", "https", () => ({ tls: tls(), credentials: { name: "root", password: "no" } }), /^etcd: .*authentication failed/u],
    ["no password", "https", () => ({ tls: tls() }), /^etcd: .*user name is empty/u],
    ["no authority", "https", () => ({}), /^etcd: certificate is not signed by a trusted authority$/u],
    ["no TLS", "http", () => ({}), /^etcd: .*a registry with TLS needs etcds:\/\/$/u],
  ] as const) {
    test(`says what is wrong with ${what}`, { timeout: timeoutMs }, async () => {
      expect((await read(scheme, access()))[0]).toMatch(problem);
    });
  }
});
