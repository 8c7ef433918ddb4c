// What a relayed call and a streamed message cost, ours beside its peers in one run, and how long one call in flight takes.
// The gates are ratios (decision 0031); times and aims are printed. Exits non-zero when a gate does not hold or a call failed; a peer that
// is not on this machine is named, and counts as failed with REQUIRE_PEERS=1.
// `--only FORM[,KIND]` measures one form of call (grpc, connect-json, grpc-web), or one kind of it (unary, stream); `--peers A,B` only these
// beside rpcdeck; `--profile` adds where the gateway spends its time under each load. A quick look while working on the relay:
// `npm run bench -- relay --only grpc,unary --peers "bare pump" --profile`.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AddressBookService, type Person } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { createTally, row } from "../faults/report.ts";
import { startGoPeer, startProgram, type Program } from "../peers/programs.ts";
import { callRequest, streamedMessages, streamedPeople, type CallForm } from "./call-request.ts";
import { latency, load, type LoadResult } from "./load.ts";
import { profiledFiles } from "./profile.ts";
import { relayBounds, relayLoads, type RelayLoad } from "./relay-loads.ts";
import { gatewayArgs, gatewayReady, gatewayRequest, isThere, peerStarts, type Peer } from "./relay-peers.ts";

const rounds = 3;
const latencyCalls = 2500;
const latencyForms: readonly CallForm[] = ["grpc", "grpc-web", "connect-json"];
const profiledLines = 15;
/** The first run is not counted: it compiles code and opens connections. It has this share of the calls. */
const warmUpShare = 0.4;
/** A profile has the start of the process in it, which the load must outweigh. */
const profiledRounds = 10;
const widths = [14, -10, -10, -18];

const options = parseArgs({ options: { only: { type: "string" }, peers: { type: "string" }, profile: { type: "boolean" } } }).values;
const [onlyForm, onlyKind] = options.only?.split(",") ?? [];
const wanted = options.peers?.split(",");
const chosen = relayLoads.filter(
  ({ form, kind }) => (onlyForm === undefined || form === onlyForm) && (onlyKind === undefined || kind === onlyKind),
);

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
tally.finish("relay");

async function measure(): Promise<void> {
  const backend = await startBackend();
  const peers: Peer[] = [];
  for (const [name, start] of Object.entries(peerStarts)) {
    if (name !== "rpcdeck" && wanted !== undefined && !wanted.includes(name)) continue;
    const peer = await start({ backend, work });
    if ("problem" in peer) tally.skip(name, peer.problem);
    else {
      programs.push(peer.program);
      peers.push(peer);
    }
  }
  for (const one of chosen) {
    compare(one, peers);
    if (options.profile === true) await printProfile(one, backend);
  }
  for (const form of latencyForms) {
    if (chosen.some((one) => one.form === form && one.kind === "unary")) compareLatency(form, peers, backend);
  }
}

/** The address book in grpc-go, with as many people as a stream has messages. */
async function startBackend(): Promise<string> {
  const program = await startGoPeer("addressbook");
  programs.push(program);
  const book = createClient(AddressBookService, createGrpcTransport({ baseUrl: `http://${program.address}` }));
  await book.importPeople(everyPerson());
  return program.address;
}

async function* everyPerson(): AsyncGenerator<Person> {
  yield* streamedPeople;
}

function compare({ name, form, kind, shape }: RelayLoad, peers: readonly Peer[]): void {
  console.log(`\n${name}`);
  const unit = kind === "stream" ? streamedMessages : 1;
  row(widths, ["", kind === "stream" ? "us/message" : "us/call", kind === "stream" ? "messages/s" : "calls/s", "rpcdeck / it"]);
  const costs = new Map<string, number>();
  for (const { name: peer, program, request } of peers) {
    const order = request(form, kind);
    if (order === undefined) continue;
    const pid = program.child.pid ?? 0;
    const warmUp = { ...shape, calls: Math.max(shape.connections, Math.ceil(shape.calls * warmUpShare)) };
    if (load(order, pid, { ...warmUp, work }).failed === warmUp.calls) {
      tally.skip(`${name}: ${peer}`, "it answered none of the calls of the warm-up");
      continue;
    }
    const runs = Array.from({ length: rounds }, () => load(order, pid, { ...shape, work }));
    // A run in which calls failed cost less than it should have.
    const whole = runs.filter((run) => run.failed === 0);
    if (peer === "rpcdeck") tally.check(`${name}: calls`, failures(runs, shape.calls));
    const [first, ...others] = whole;
    if (first === undefined) {
      tally.skip(`${name}: ${peer}`, failures(runs, shape.calls) ?? "no run");
      continue;
    }
    const best = others.reduce((a, b) => (b.cpuMicros < a.cpuMicros ? b : a), first);
    const cost = best.cpuMicros / unit;
    costs.set(peer, cost);
    const ours = costs.get("rpcdeck") ?? Number.NaN;
    const digits = kind === "stream" ? 2 : 0;
    row(widths, [peer, cost.toFixed(digits), (best.callsPerSecond * unit).toFixed(0), peer === "rpcdeck" ? "" : (ours / cost).toFixed(2)]);
    if (whole.length < runs.length) console.log(`  of ${peer} without a run in which calls failed: ${failures(runs, shape.calls)}`);
  }
  printBounds(name, form, costs);
}

function printBounds(name: string, form: CallForm, costs: ReadonlyMap<string, number>): void {
  const ours = costs.get("rpcdeck") ?? Number.NaN;
  for (const { kind, peer, limit } of relayBounds[form]) {
    const other = costs.get(peer);
    if (other === undefined) continue; // said once, where it could not be started
    const ratio = ours / other;
    const bound = `rpcdeck <= ${limit} x ${peer}`;
    const is = kind === "gate" ? (ratio <= limit ? "holds" : "FAILS") : ratio <= limit ? "reached" : "not reached";
    console.log(`  ${kind} ${is}: ${bound} (${ratio.toFixed(2)})`);
    if (kind === "gate") tally.check(`${name}: ${bound}`, ratio <= limit ? undefined : ratio.toFixed(2));
  }
}

function failures(runs: readonly LoadResult[], calls: number): string | undefined {
  const failed = runs.reduce((sum, run) => sum + run.failed, 0);
  return failed === 0 ? undefined : `${failed} of ${calls * runs.length} calls failed`;
}

function compareLatency(form: CallForm, peers: readonly Peer[], backend: string): void {
  console.log(`\n${form}: one call in flight, ${latencyCalls} calls`);
  row(widths, ["", "p50 us", "p99 us"]);
  // The backend itself speaks gRPC only.
  const direct = form === "grpc" ? [{ name: "direct", order: callRequest(backend, form, "unary") }] : [];
  const through = peers.map(({ name, request }) => ({ name, order: request(form, "unary") }));
  for (const { name, order } of [...direct, ...through]) {
    if (order === undefined) continue;
    const { p50Micros, p99Micros } = latency(order, latencyCalls, work);
    row(widths, [name, p50Micros.toFixed(0), p99Micros.toFixed(0)]);
  }
}

/** A gateway of its own writes the profile, so that the ones measured are not slowed by it. */
async function printProfile({ form, kind, shape }: RelayLoad, backend: string): Promise<void> {
  const folder = join(work, `profile-${form}-${kind}-${shape.connections}`);
  mkdirSync(folder);
  const args = ["--cpu-prof", "--cpu-prof-dir", folder, ...gatewayArgs(backend)];
  const gateway = await startProgram(process.execPath, args, gatewayReady);
  try {
    const order = gatewayRequest(gateway.address, backend, form, kind);
    load(order, gateway.child.pid ?? 0, { ...shape, calls: shape.calls * profiledRounds, work });
  } finally {
    await gateway.stop();
  }
  console.log("  where the gateway's time goes, by file (start included):");
  for (const { file, share } of profiledFiles(folder).slice(0, profiledLines))
    console.log(`  ${(share * 100).toFixed(1).padStart(6)} %  ${file}`);
}
