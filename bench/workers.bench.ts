// What --workers brings and costs: the same load on the gateway alone, with two workers, and with calls that these pass on.
// CPU counts the lead and all workers. There are no gates: calls a second depend on the cores that the load generator and the backend leave.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTally, row } from "../faults/report.ts";
import { startGoPeer, startProgram, type Program } from "../peers/programs.ts";
import { callRequest } from "./call-request.ts";
import { load } from "./load.ts";
import { relayLoads } from "./relay-loads.ts";
import { gatewayArgs, gatewayReady, isThere } from "./relay-peers.ts";

const rounds = 3;
const warmUpCalls = 4_000;
const widths = [26, -10, -10, -12, -12];

const tally = createTally();
const work = mkdtempSync(join(tmpdir(), "rpcdeck-bench-"));
const programs: Program[] = [];
try {
  if (isThere("h2load")) await measure();
  else tally.skip("everything", "no h2load on PATH (Debian: apt install nghttp2-client)");
} finally {
  for (const program of programs.toReversed()) await program.stop();
  rmSync(work, { recursive: true });
}
console.log("");
tally.finish("workers");

async function measure(): Promise<void> {
  const backend = await startGoPeer("addressbook");
  programs.push(backend);
  const pin = `rpcdeck-target: grpc://${backend.address}`; // which only the lead follows
  const start = async (...flags: readonly string[]): Promise<Program> => {
    const program = await startProgram(process.execPath, [...gatewayArgs(backend.address), ...flags], gatewayReady);
    programs.push(program);
    return program;
  };
  const single = await start();
  const workers = await start("--workers", "2");
  const ways = [
    { name: "one process", gateway: single, headers: [] },
    { name: "--workers 2", gateway: workers, headers: [] },
    { name: "--workers 2, passed on", gateway: workers, headers: [pin] },
  ];
  for (const { name, form, kind, shape } of relayLoads) {
    if (kind !== "unary") continue;
    console.log(`\n${name}`);
    row(widths, ["", "us/call", "calls/s", "CPU, ratio", "calls, ratio"]);
    let alone: { readonly cpuMicros: number; readonly callsPerSecond: number } | undefined;
    for (const way of ways) {
      const like = callRequest(new URL(way.gateway.address).host, form, kind);
      const request = { ...like, headers: [...like.headers, ...way.headers] };
      const pid = way.gateway.child.pid ?? 0;
      load(request, pid, { ...shape, calls: warmUpCalls, work });
      const runs = Array.from({ length: rounds }, () => load(request, pid, { ...shape, work }));
      const best = runs.reduce((a, b) => (b.callsPerSecond > a.callsPerSecond ? b : a));
      alone ??= best;
      const ratios = [best.cpuMicros / alone.cpuMicros, best.callsPerSecond / alone.callsPerSecond].map((ratio) => ratio.toFixed(2));
      row(widths, [way.name, best.cpuMicros.toFixed(0), best.callsPerSecond.toFixed(0), ...ratios]);
      const failed = runs.reduce((sum, run) => sum + run.failed, 0);
      tally.check(`${name}: calls, ${way.name}`, failed === 0 ? undefined : `${failed} of ${shape.calls * rounds} failed`);
    }
  }
}
