// Putting load on a proxy and reading what it cost.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CallRequest } from "./call-request.ts";

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
  /** Calls that were not answered with a 2xx status, or with a body that is not whole. */
  readonly failed: number;
}

/** How long calls took, one at a time, in microseconds. */
export interface Latency {
  readonly p50Micros: number;
  readonly p99Micros: number;
}

/** Sends `request` as often as `shape` says with h2load and reads the CPU time that `pid` and its children used. `work` is a folder for files. */
export function load(request: CallRequest, pid: number, shape: Shape & { readonly work: string }): LoadResult {
  const before = cpuMillis(pid);
  const stdout = h2load(request, shape, shape.work, []);
  const used = cpuMillis(pid) - before;
  const succeeded = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1] ?? 0);
  const dataBytes = Number(/\((\d+)\) data/.exec(stdout)?.[1] ?? 0);
  const whole = Math.min(succeeded, Math.floor(dataBytes / request.minAnswerBytes));
  return {
    cpuMicros: (used * 1000) / shape.calls,
    callsPerSecond: Number(/([\d.]+) req\/s/.exec(stdout)?.[1] ?? 0),
    failed: shape.calls - whole,
  };
}

/** Sends `request` `calls` times, one after the other on one connection, and answers how long they took. The first fifth is not counted. */
export function latency(request: CallRequest, calls: number, work: string): Latency {
  const log = join(work, "latency.log");
  rmSync(log, { force: true });
  h2load(request, { connections: 1, streams: 1, calls }, work, ["--log-file", log]);
  // Each line: start in microseconds, status, duration in microseconds.
  const taken = readFileSync(log, "utf8")
    .trimEnd()
    .split("\n")
    .slice(Math.floor(calls / 5))
    .map((line) => Number(line.split("\t")[2]))
    .toSorted((a, b) => a - b);
  const at = (share: number): number => taken[Math.floor(taken.length * share)] ?? Number.NaN;
  return { p50Micros: at(0.5), p99Micros: at(0.99) };
}

function h2load(request: CallRequest, shape: Shape, work: string, more: readonly string[]): string {
  const body = join(work, "body");
  writeFileSync(body, request.body);
  const counts = { "-n": shape.calls, "-c": shape.connections, "-m": request.isHttp2 ? shape.streams : 1, "-t": 1 };
  return spawnSync(
    "h2load",
    [
      ...(request.isHttp2 ? [] : ["--h1"]),
      ...Object.entries(counts).flatMap(([flag, value]) => [flag, String(value)]),
      ...request.headers.flatMap((header) => ["-H", header]),
      ...more,
      "-d",
      body,
      request.url,
    ],
    { encoding: "utf8", timeout: 120_000 },
  ).stdout;
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
