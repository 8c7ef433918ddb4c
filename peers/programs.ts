// Starting real counterparts for tests: the gateway itself, the Go peers, etcd.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/steps.ts";

/** A program that runs until `stop`. */
export interface Program {
  /** What the ready line ended with. */
  readonly address: string;
  readonly child: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** SIGTERM, and resolves when it has ended; SIGKILL after 5 s. */
  stop(): Promise<void>;
}

/** Starts a program and waits up to 30 s for a line of its output that matches; the first group is the address. */
export function startProgram(command: string, args: readonly string[], ready: RegExp): Promise<Program> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${command} was not ready after 30 s:\n${output}`));
    }, 30_000);
    const ended = new Promise<void>((done) => child.once("close", () => done()));
    const onText = (chunk: Buffer): void => {
      output += chunk.toString();
      const match = ready.exec(output);
      if (match === null) return;
      clearTimeout(timer);
      resolve({
        address: match[1] ?? "",
        child,
        output: () => output,
        async stop() {
          child.kill("SIGTERM");
          const force = setTimeout(() => child.kill("SIGKILL"), 5000);
          await ended;
          clearTimeout(force);
        },
      });
    };
    child.stdout.on("data", onText);
    child.stderr.on("data", onText);
    child.on("error", reject);
    void ended.then(() => {
      clearTimeout(timer);
      reject(new Error(`${command} ended before it was ready:\n${output}`));
    });
  });
}

/** Starts the gateway on a free port. The address is `http://127.0.0.1:PORT`, or `https:` with --tls-cert. */
export function startGateway(...args: readonly string[]): Promise<Program> {
  return startProgram(
    process.execPath,
    [join(root, "apps/gateway/src/main.ts"), "--listen", "127.0.0.1:0", ...args],
    /rpcdeck ready (https?:\/\/\S+)/,
  );
}

/** Starts one of the Go peers of peers/go/cmd on a free port. The address is `127.0.0.1:PORT`. */
export function startGoPeer(name: string, ...args: readonly string[]): Promise<Program> {
  return startProgram(join(root, "peers/bin", name), ["-listen", "127.0.0.1:0", ...args], /ready (\S+)/);
}

/** An etcd that can go away and come back with what it had. */
export interface Etcd extends Program {
  /** Ends the process and keeps its data. */
  leave(): Promise<void>;
  /** Starts it again at the same address, after `leave`. */
  comeBack(): Promise<void>;
}

/** Starts etcd on free ports with a folder of its own. The address is `127.0.0.1:PORT`. */
export async function startEtcd(): Promise<Etcd> {
  const folder = mkdtempSync(join(tmpdir(), "rpcdeck-etcd-"));
  const [client, peer] = [await freePort(), await freePort()];
  const start = (): Promise<Program> =>
    startProgram(
      "etcd",
      [
        `--data-dir=${folder}`,
        `--listen-client-urls=http://127.0.0.1:${client}`,
        `--advertise-client-urls=http://127.0.0.1:${client}`,
        `--listen-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
        `--initial-cluster=default=http://127.0.0.1:${peer}`,
      ],
      /ready to serve client requests|serving insecure client requests/,
    );
  let program = await start();
  return {
    ...program,
    address: `127.0.0.1:${client}`,
    leave: () => program.stop(),
    async comeBack() {
      program = await start();
    },
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Why a peer cannot be used here, or undefined when it can. With REQUIRE_PEERS=1 a missing peer is an error instead. */
export function missingPeer(peer: "go" | "etcd" | "etcdctl"): string | undefined {
  const present = peer === "go" ? existsSync(join(root, "peers/bin/greeter")) : spawnSync(peer, ["version"]).error === undefined;
  if (present) return undefined;
  const reason = peer === "go" ? "the Go peers are not built (npm test builds them when Go is on PATH)" : `no ${peer} on PATH`;
  if (process.env["REQUIRE_PEERS"] === "1") throw new Error(`REQUIRE_PEERS=1, and ${reason}`);
  console.warn(`skipped: ${reason}`);
  return reason;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
