// Everything that is measured in one run of the relay's benchmark: our gateway and its peers, all in front of the same backend.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, startProgram, type Program } from "../peers/programs.ts";
import { root } from "../scripts/steps.ts";
import { callJson, callMessage, callRequest, type CallForm, type CallKind, type CallRequest } from "./call-request.ts";
import { goTool, type GoTool } from "./go-tools.ts";

/** A program in front of the backend. */
export interface Peer {
  readonly name: string;
  readonly program: Program;
  /** The request of a call, or undefined where the peer cannot carry it. */
  readonly request: (form: CallForm, kind: CallKind) => CallRequest | undefined;
}

/** What starting a peer needs. */
export interface PeerPlace {
  /** `HOST:PORT` of the gRPC backend. */
  readonly backend: string;
  /** A folder for files. */
  readonly work: string;
}

/** Starts one, or says why it cannot be had here. */
export type StartPeer = (place: PeerPlace) => Promise<Peer | { readonly problem: string }>;

const descriptors = join(root, "packages/protocol/descriptors.binpb");
const services = ["rpcdeck.demo.v1.Chat", "pb.AddressBookService"];

/** All of them by name; ours is "rpcdeck". */
export const peerStarts: Readonly<Record<string, StartPeer>> = {
  rpcdeck: async ({ backend }) => {
    const program = await startProgram(process.execPath, gatewayArgs(backend), gatewayReady);
    return { name: "rpcdeck", program, request: (form, kind) => gatewayRequest(program.address, backend, form, kind) };
  },
  "bare pump": async ({ backend }) => {
    const program = await startProgram(process.execPath, [join(root, "bench/bare-pump.ts"), `http://${backend}`], /ready (\S+)/);
    return grpcOnly("bare pump", program, program.address);
  },
  naive: async ({ backend }) => {
    const program = await startProgram(process.execPath, [join(root, "bench/naive-proxy.ts"), `http://${backend}`], /ready (\S+ \S+)/);
    const [h2 = "", h1 = ""] = program.address.split(" ");
    return { name: "naive", program, request: (form, kind) => callRequest(form === "grpc" ? h2 : h1, form, kind) };
  },
  "vanguard-go": async ({ backend }) => {
    const tool = await goTool({ name: "vanguard", folder: "vanguard", main: "." });
    if ("problem" in tool) return tool;
    const args = ["-backend", backend, "-descriptors", descriptors, "-services", services.join(",")];
    const program = await startProgram(tool.path, args, /ready (\S+)/);
    return everyForm("vanguard-go", program, program.address);
  },
  nginx: startNginx,
  HAProxy: startHaproxy,
  grpcwebproxy: async ({ backend }) => {
    const args = (port: number): readonly string[] => [
      `--backend_addr=${backend}`,
      "--run_tls_server=false",
      "--server_bind_address=127.0.0.1",
      `--server_http_debug_port=${port}`,
      "--allow_all_origins",
    ];
    const started = await startGoTool(
      { name: "grpcwebproxy", install: "github.com/improbable-eng/grpc-web/go/grpcwebproxy@v0.15.0" },
      args,
    );
    if ("problem" in started) return started;
    const { program, address } = started;
    return { name: "grpcwebproxy", program, request: (form, kind) => (form === "grpc-web" ? callRequest(address, form, kind) : undefined) };
  },
  "studio-agent": async ({ backend }) => {
    const args = (port: number): readonly string[] => ["beta", "studio-agent", "--bind", "127.0.0.1", "--port", String(port)];
    const started = await startGoTool({ name: "buf", install: "github.com/bufbuild/buf/cmd/buf@v1.75.0" }, args);
    if ("problem" in started) return started;
    // It speaks HTTP/2 over TLS only, and so Connect over HTTP/1.1 to this one. The agent's own time is what is measured.
    const behind = await startProgram(process.execPath, [join(root, "bench/naive-proxy.ts"), `http://${backend}`], /ready \S+ (\S+)/);
    const { program, address } = started;
    const stop = async (): Promise<void> => {
      await program.stop();
      await behind.stop();
    };
    return {
      name: "studio-agent",
      program: { ...program, stop },
      request: (form, kind) => (form === "connect-json" && kind === "unary" ? studioRequest(address, behind.address) : undefined),
    };
  },
  grpcui: async ({ backend }) => {
    const args = (port: number): readonly string[] => [
      "-plaintext",
      "-bind",
      "127.0.0.1",
      "-port",
      String(port),
      "-open-browser=false",
      backend,
    ];
    const started = await startGoTool({ name: "grpcui", folder: "grpcui", main: "github.com/fullstorydev/grpcui/cmd/grpcui" }, args);
    if ("problem" in started) return started;
    const { program, address } = started;
    return { name: "grpcui", program, request: (form, kind) => (form === "connect-json" ? grpcuiRequest(address, kind) : undefined) };
  },
};

/** Arguments of Node.js that start our gateway in front of the backend. */
export function gatewayArgs(backend: string): readonly string[] {
  const targets = services.flatMap((service) => ["--target", `${service}=grpc://${backend}`]);
  return [join(root, "apps/gateway/src/main.ts"), "--listen", "127.0.0.1:0", "--no-demo", "--log-level", "warn", ...targets];
}

/** A call through the gateway at `address` (a URL). It has services of the same names itself: the target says that every call is for the backend. */
export function gatewayRequest(address: string, backend: string, form: CallForm, kind: CallKind): CallRequest {
  const call = callRequest(new URL(address).host, form, kind);
  return { ...call, headers: [...call.headers, `rpcdeck-target: grpc://${backend}`] };
}

/** The line that says that it is ready; the group is its URL. */
export const gatewayReady = /rpcdeck ready (https?:\/\/\S+)/;

function everyForm(name: string, program: Program, address: string): Peer {
  return { name, program, request: (form, kind) => callRequest(address, form, kind) };
}

function grpcOnly(name: string, program: Program, address: string): Peer {
  return { name, program, request: (form, kind) => (form === "grpc" ? callRequest(address, form, kind) : undefined) };
}

/** grpcui's own form: JSON in an envelope of its own, which its page sends with the token that it was given as a cookie. */
function grpcuiRequest(address: string, kind: CallKind): CallRequest {
  const like = callRequest(address, "connect-json", kind);
  const method = new URL(like.url).pathname.slice(1).replace("/", ".");
  return {
    ...like,
    url: `http://${address}/invoke/${method}`,
    headers: ["content-type: application/json", "cookie: _grpcui_csrf_token=bench", "x-grpcui-csrf-token: bench"],
    body: Buffer.from(`{"metadata":[],"data":[${callJson(kind)}]}`),
  };
}

/** Buf Studio's form: an `InvokeRequest` {target = 1, headers = 2 {key = 1, value = 2}, body = 3}, in base64. */
function studioRequest(address: string, behind: string): CallRequest {
  const like = callRequest(behind, "connect-json", "unary");
  const header = Buffer.concat([field(1, Buffer.from("content-type")), field(2, Buffer.from("application/proto"))]);
  const invoke = Buffer.concat([field(1, Buffer.from(like.url)), field(2, header), field(3, callMessage("unary"))]);
  const body = Buffer.from(invoke.toString("base64"));
  return { url: `http://${address}/`, isHttp2: false, headers: ["content-type: text/plain"], body, minAnswerBytes: like.minAnswerBytes };
}

/** A length-delimited field of less than 128 bytes. */
function field(number: number, content: Uint8Array): Uint8Array {
  if (content.length > 127) throw new RangeError(`a field of ${content.length} bytes needs a longer length`);
  return Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
}

async function startNginx({ backend, work }: PeerPlace): Promise<Peer | { readonly problem: string }> {
  if (!isThere("nginx")) return { problem: "no nginx on PATH (Debian: apt install nginx)" };
  const port = await freePort();
  const config = join(work, "nginx.conf");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${work}/${name};`).join(" ");
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${work}/nginx.pid; error_log stderr notice;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000; ${paths}
upstream backend { server ${backend}; keepalive 64; keepalive_requests 1000000; }
server { listen 127.0.0.1:${port} http2; http2_max_requests 1000000; location / { grpc_pass grpc://backend; } } }`,
  );
  return grpcOnly("nginx", await startProgram("nginx", ["-c", config, "-p", work], /start worker process /), `127.0.0.1:${port}`);
}

async function startHaproxy({ backend, work }: PeerPlace): Promise<Peer | { readonly problem: string }> {
  if (!isThere("haproxy")) return { problem: "no haproxy on PATH (Debian: apt install haproxy)" };
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
  server one ${backend} proto h2
`,
  );
  return grpcOnly("HAProxy", await startProgram("haproxy", ["-V", "-f", config], /Using epoll/), `127.0.0.1:${port}`);
}

/** True where a program can be run. */
export function isThere(command: string): boolean {
  return spawnSync(command, ["-v"]).error === undefined;
}

/** Starts a Go program on a free port and waits until it takes connections: these say nothing that can be waited for. */
async function startGoTool(
  tool: GoTool,
  args: (port: number) => readonly string[],
): Promise<{ readonly program: Program; readonly address: string } | { readonly problem: string }> {
  const found = await goTool(tool);
  if ("problem" in found) return found;
  const port = await freePort();
  // The shell says its line, and becomes the program.
  const program = await startProgram("/bin/sh", ["-c", 'echo started; exec "$0" "$@"', found.path, ...args(port)], /started/);
  const untilMs = performance.now() + readyMs;
  while (!(await takesConnections(port))) {
    if (performance.now() > untilMs || program.child.exitCode !== null) {
      await program.stop();
      return { problem: `${tool.name} does not take connections:\n${program.output()}` };
    }
    await sleep(50);
  }
  return { program, address: `127.0.0.1:${port}` };
}

const readyMs = 20_000;

function takesConnections(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => done(true)).once("error", () => done(false));
    socket.once("connect", () => socket.destroy());
  });
}
