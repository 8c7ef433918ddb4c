import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** For tests: whether a real etcd can be started here. */
export const hasEtcd = spawnSync("etcd", ["--version"]).status === 0;

/** For tests: an etcd on PATH, with its data in a folder of its own. */
export interface RealEtcd {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Ends the process as a crash would; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Stops it in its tracks, connections open, as a machine that hangs. */
  freeze(): void;
  /** Lets it go on. */
  thaw(): void;
  /** Ends it and deletes its data. */
  close(): Promise<void>;
}

/** Starts an etcd on free ports, with TLS for clients where PEM files are given; resolves when it serves clients. */
export async function startRealEtcd(tls?: { readonly cert: string; readonly key: string }): Promise<RealEtcd> {
  const folder = await mkdtemp(join(tmpdir(), "rpcdeck-etcd-"));
  const client = `http${tls === undefined ? "" : "s"}://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const address = new URL(client).host;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const args = ["--data-dir", folder, "--name", "test", "--logger", "zap", "--log-outputs", "stderr"];
    args.push("--listen-client-urls", client, "--advertise-client-urls", client);
    args.push("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `test=${peer}`);
    if (tls !== undefined) args.push("--cert-file", tls.cert, "--key-file", tls.key);
    const started = spawn("etcd", args, { stdio: ["ignore", "ignore", "pipe"], env: { PATH: process.env["PATH"] } });
    child = started;
    const lines = createInterface(started.stderr);
    for await (const line of lines) {
      if (
        line.includes("serving insecure client requests") ||
        line.includes("serving client traffic insecurely") ||
        line.includes("serving client requests") ||
        line.includes("serving client traffic securely")
      ) {
        break;
      }
    }
    started.stderr.resume();
  }

  async function kill(): Promise<void> {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
  }

  await start();
  return {
    address,
    kill,
    restart: start,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  server.close();
  await once(server, "close");
  return bound !== null && typeof bound === "object" ? bound.port : 0;
}
