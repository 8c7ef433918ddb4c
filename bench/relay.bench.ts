// What a relayed call costs, ours beside nginx, HAProxy, vanguard-go, a bare Node pump and a naive connect-es proxy, in one run.
// The gates are ratios (decision 0031); milliseconds are printed. Exits non-zero when a gate does not hold or a call failed.
// `--only FORM` measures one form of call (grpc, connect-json, grpc-web), `--peers A,B` only these beside rpcdeck:
// a quick look while working on the relay, such as `npm run bench -- relay --only grpc --peers "bare pump"`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort, startGateway, startGoPeer, startProgram, type Program } from "../peers/programs.ts";
import { root, run } from "../scripts/steps.ts";
import { load, type CallForm, type LoadResult, type Shape } from "./load.ts";

const rounds = 3;
const shapes: readonly { readonly name: string; readonly form: CallForm; readonly shape: Shape }[] = [
  { name: "gRPC to gRPC, 8 connections x 8 streams", form: "grpc", shape: { connections: 8, streams: 8, calls: 20_000 } },
  { name: "gRPC to gRPC, 4 connections x 16 streams", form: "grpc", shape: { connections: 4, streams: 16, calls: 20_000 } },
  {
    name: "Connect JSON over HTTP/1.1 to gRPC, 32 connections",
    form: "connect-json",
    shape: { connections: 32, streams: 1, calls: 10_000 },
  },
  { name: "gRPC-Web over HTTP/1.1 to gRPC, 32 connections", form: "grpc-web", shape: { connections: 32, streams: 1, calls: 10_000 } },
];

interface Peer {
  readonly name: string;
  readonly pid: number;
  readonly address: (form: CallForm) => string | undefined;
}

const { only, peers: wanted } = parseArgs({ options: { only: { type: "string" }, peers: { type: "string" } } }).values;
const isWanted = (peer: string): boolean => wanted === undefined || wanted.split(",").includes(peer);

const work = mkdtempSync(join(tmpdir(), "rpcdeck-bench-"));
const programs: Program[] = [];
const started = async (program: Promise<Program>): Promise<Program> => {
  programs.push(await program);
  return program;
};
try {
  const peers = await startPeers();
  let gatesHold = true;
  for (const { name, form, shape } of shapes) {
    if (only !== undefined && form !== only) continue;
    console.log(`\n${name}`);
    const results = new Map<string, LoadResult>();
    for (const peer of peers) {
      const address = peer.address(form);
      if (address === undefined || (peer.name !== "rpcdeck" && !isWanted(peer.name))) continue;
      load(address, peer.pid, form, { ...shape, calls: 4000 }, work); // warm the JIT and the connections
      const runs = Array.from({ length: rounds }, () => load(address, peer.pid, form, shape, work));
      results.set(peer.name, { ...best(runs), failed: runs.reduce((sum, one) => sum + one.failed, 0) });
    }
    const ours = results.get("rpcdeck")?.cpuMicros ?? Number.NaN;
    for (const [peer, result] of results) {
      const ratio = peer === "rpcdeck" ? "" : `   rpcdeck / ${peer} = ${(ours / result.cpuMicros).toFixed(2)}`;
      console.log(
        `  ${peer.padEnd(12)} ${result.cpuMicros.toFixed(0).padStart(5)} us CPU a call  ${result.callsPerSecond.toFixed(0).padStart(6)} calls/s${ratio}`,
      );
      if (result.failed > 0) {
        gatesHold = false;
        console.log(`  ${peer}: ${result.failed} calls failed`);
      }
    }
    for (const { peer, limit } of gates(form)) {
      const other = results.get(peer)?.cpuMicros;
      if (other === undefined) {
        console.log(`  gate against ${peer}: not measured, it is not on this machine`);
        continue;
      }
      const holds = ours / other <= limit;
      gatesHold &&= holds;
      console.log(`  gate ${holds ? "holds" : "FAILS"}: rpcdeck <= ${limit} x ${peer} (${(ours / other).toFixed(2)})`);
    }
  }
  console.log(gatesHold ? "\nall gates hold" : "\na gate does not hold");
  process.exitCode = gatesHold ? 0 : 1;
} finally {
  for (const program of programs) await program.stop();
  rmSync(work, { recursive: true });
}

function gates(form: CallForm): readonly { readonly peer: string; readonly limit: number }[] {
  if (form === "grpc") {
    return [
      { peer: "bare pump", limit: 1.25 },
      { peer: "vanguard-go", limit: 1 },
      { peer: "naive", limit: 0.2 },
    ];
  }
  return [
    { peer: "vanguard-go", limit: 0.9 },
    { peer: "naive", limit: 0.25 },
  ];
}

function best(runs: readonly LoadResult[]): LoadResult {
  return runs.reduce((a, b) => (b.cpuMicros < a.cpuMicros ? b : a));
}

async function startPeers(): Promise<Peer[]> {
  const backend = await started(startGoPeer("addressbook"));
  const peers: Peer[] = [];
  const add = (name: string, program: Program, address: Peer["address"]): void => {
    peers.push({ name, pid: program.child.pid ?? 0, address });
  };
  const gateway = await started(
    startGateway("--no-demo", "--log-level", "warn", "--target", `rpcdeck.demo.v1.Chat=grpc://${backend.address}`),
  );
  add("rpcdeck", gateway, () => new URL(gateway.address).host);
  const pump = await started(
    startProgram(process.execPath, [join(root, "bench/bare-pump.ts"), `http://${backend.address}`], /ready (\S+)/),
  );
  add("bare pump", pump, (form) => (form === "grpc" ? pump.address : undefined));
  const naive = await started(
    startProgram(process.execPath, [join(root, "bench/naive-proxy.ts"), `http://${backend.address}`], /ready (\S+ \S+)/),
  );
  add("naive", naive, (form) => naive.address.split(" ")[form === "grpc" ? 0 : 1]);
  const vanguard = join(root, "bench/bin/vanguard");
  if ((await run("go", ["build", "-o", vanguard, "."], { cwd: join(root, "bench/go/vanguard"), quiet: true })).code === 0) {
    const program = await started(
      startProgram(
        vanguard,
        [
          "-backend",
          backend.address,
          "-descriptors",
          join(root, "packages/protocol/descriptors.binpb"),
          "-service",
          "rpcdeck.demo.v1.Chat",
        ],
        /ready (\S+)/,
      ),
    );
    add("vanguard-go", program, () => program.address);
  }
  if (isThere("nginx")) {
    const port = await freePort();
    const config = join(work, "nginx.conf");
    writeFileSync(
      config,
      `daemon off; worker_processes 1; pid ${work}/nginx.pid; error_log stderr notice;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000; client_body_temp_path ${work}/b; proxy_temp_path ${work}/p; fastcgi_temp_path ${work}/f; uwsgi_temp_path ${work}/u; scgi_temp_path ${work}/s;
upstream backend { server ${backend.address}; keepalive 64; keepalive_requests 1000000; }
server { listen 127.0.0.1:${port} http2; http2_max_requests 1000000; location / { grpc_pass grpc://backend; } } }`,
    );
    const nginx = await started(startProgram("nginx", ["-c", config, "-p", work], /start worker process /));
    add("nginx", nginx, (form) => (form === "grpc" ? `127.0.0.1:${port}` : undefined));
  }
  if (isThere("haproxy")) {
    const port = await freePort();
    const config = join(work, "haproxy.cfg");
    writeFileSync(
      config,
      `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:${port} proto h2
  default_backend out
backend out
  server one ${backend.address} proto h2
`,
    );
    const haproxy = await started(startProgram("haproxy", ["-V", "-f", config], /Using epoll/));
    add("HAProxy", haproxy, (form) => (form === "grpc" ? `127.0.0.1:${port}` : undefined));
  }
  return peers;
}

function isThere(command: string): boolean {
  const there = spawnSync(command, ["-v"]).error === undefined;
  if (!there) console.log(`no ${command} on PATH (Debian: apt install ${command}): left out`);
  return there;
}
