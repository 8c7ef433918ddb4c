// Putting load on a proxy and reading what it cost.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Shape of the load; the same for every peer of one table. */
export interface Shape {
  readonly connections: number;
  /** Calls in flight on each connection; 1 over HTTP/1.1. */
  readonly streams: number;
  readonly calls: number;
}

/** What one run of load said. */
export interface LoadResult {
  /** CPU of the process and its children per call, in microseconds. */
  readonly cpuMicros: number;
  readonly callsPerSecond: number;
  /** Calls that were not answered with a 2xx status. */
  readonly failed: number;
}

/** How a call is written: gRPC over h2c, or Connect JSON over HTTP/1.1. */
export type CallForm = "grpc" | "connect-json" | "grpc-web";

/** Puts `shape.calls` calls of Chat/EchoKitchenSink on `address` with h2load and reads the CPU time that `pid` and its children used. */
export function load(address: string, pid: number, form: CallForm, shape: Shape, work: string): LoadResult {
  const body = join(work, `body-${form}`);
  const message = Buffer.from([0x72, 0x14, ...Buffer.from("twenty characters ok")]);
  writeFileSync(
    body,
    form === "connect-json"
      ? '{"stringValue":"twenty characters ok"}'
      : Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]),
  );
  const headers: Record<CallForm, string[]> = {
    grpc: ["content-type: application/grpc+proto", "te: trailers"],
    "connect-json": ["content-type: application/json", "connect-protocol-version: 1"],
    "grpc-web": ["content-type: application/grpc-web+proto"],
  };
  const before = cpuMillis(pid);
  const { stdout } = spawnSync(
    "h2load",
    [
      ...(form === "grpc" ? [] : ["--h1"]),
      "-n",
      String(shape.calls),
      "-c",
      String(shape.connections),
      "-m",
      String(form === "grpc" ? shape.streams : 1),
      "-t",
      "1",
      ...headers[form].flatMap((header) => ["-H", header]),
      "-d",
      body,
      `http://${address}/rpcdeck.demo.v1.Chat/EchoKitchenSink`,
    ],
    { encoding: "utf8", timeout: 120_000 },
  );
  const used = cpuMillis(pid) - before;
  const succeeded = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1] ?? 0);
  return {
    cpuMicros: (used * 1000) / shape.calls,
    callsPerSecond: Number(/([\d.]+) req\/s/.exec(stdout)?.[1] ?? 0),
    failed: shape.calls - succeeded,
  };
}

/** CPU time that a process and its children have used so far, in milliseconds (Linux, 10 ms resolution). */
function cpuMillis(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, each) => {
    const fields = readFileSync(`/proc/${each}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * 10;
  }, 0);
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" "))
    .filter((text) => text !== "")
    .map(Number);
}
