// `npm run interop`: the gRPC interop cases against grpc-go's interop server, through the gateway. gRPC by grpc-go's own interop client, in
// plaintext and with TLS on both sides; gRPC-Web, which that client does not speak, by connect-es. Prints each case and one line of totals;
// exits non-zero when a case fails. Left out: cases for compression, which
// grpc-go's client does not have; for Google credentials, which need an account; and pick_first_unary, which fails without a gateway too.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { serverCertificate, testAuthority } from "@rpcdeck/testkit";
import { startGateway, startProgram } from "../peers/programs.ts";
import { run, seconds } from "../scripts/steps.ts";
import { bin, installPrograms } from "./go-programs.ts";
import { webLegs } from "./interop-web.ts";

const version = "v1.77.0";
const folder = join(bin, `grpc-${version}`);
const caseTimeoutMs = 60_000;
/** The cases of the gRPC interop specification that need no counterpart but the server. */
const specified = [
  "empty_unary",
  "large_unary",
  "client_streaming",
  "server_streaming",
  "ping_pong",
  "empty_stream",
  "custom_metadata",
  "status_code_and_message",
  "special_status_message",
  "unimplemented_method",
  "unimplemented_service",
  "cancel_after_begin",
  "cancel_after_first_response",
  "timeout_on_sleeping_server",
  "rpc_soak",
  "channel_soak",
];
/** What grpc-go's client has beyond: load reports (ORCA) in trailers and in a stream of their own. They ask for a balancer of the client. */
const loadReports = ["orca_per_rpc", "orca_oob"];
const loadReportConfig = '{"loadBalancingConfig":[{"test_backend_metrics_load_balancer":{}}]}';

let [passed, failed] = [0, 0];
await installPrograms(["google.golang.org/grpc/interop/client", "google.golang.org/grpc/interop/server"], version, folder, "interop");
const work = mkdtempSync(join(tmpdir(), "rpcdeck-interop-"));
try {
  const [ca, cert, key] = [
    ["ca.pem", testAuthority],
    ["server.pem", serverCertificate.cert],
    ["server.key", serverCertificate.key],
  ].map(([name = "", pem = ""]) => {
    writeFileSync(join(work, name), pem);
    return join(work, name);
  }) as [string, string, string];
  await behindGateway([], ["--target", "*=grpc://PEER"], async (address) => {
    await grpcCases("grpc", address, ["--use_tls=false"]);
    for (const { name, cases } of await webLegs(address)) for (const [title, work] of cases) await tell(`${name} ${title}`, work);
  });
  await behindGateway(
    ["--use_tls=true", `--tls_cert_file=${cert}`, `--tls_key_file=${key}`],
    ["--target", "*=grpcs://PEER", "--tls-ca", ca, "--tls-cert", cert, "--tls-key", key],
    (address) => grpcCases("grpc tls", address, ["--use_tls=true", "--use_test_ca=true", `--ca_file=${ca}`]),
  );
} finally {
  rmSync(work, { recursive: true });
}
console.log(`interop: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** Starts the interop server and a gateway in front of it, whose flags name it PEER, for as long as `check` takes. */
async function behindGateway(
  serverFlags: readonly string[],
  flags: readonly string[],
  check: (address: URL) => Promise<void>,
): Promise<void> {
  // It says its port in its log only.
  const serverArgs = ["GRPC_GO_LOG_SEVERITY_LEVEL=info", join(folder, "server"), "--port=0", ...serverFlags];
  const server = await startProgram("env", serverArgs, /interop server listening on \S*:(\d+)/);
  try {
    const target = flags.map((flag) => flag.replace("PEER", `127.0.0.1:${server.address}`));
    const gateway = await startGateway("--no-demo", "--no-embedded-registry", "--log-level", "error", ...target);
    try {
      await check(new URL(gateway.address));
    } finally {
      await gateway.stop();
    }
  } finally {
    await server.stop();
  }
}

/** Runs grpc-go's client once a case: it ends with 0 when the case holds. */
async function grpcCases(leg: string, address: URL, flags: readonly string[]): Promise<void> {
  const to = [`--server_host=${address.hostname}`, `--server_port=${address.port}`, ...flags];
  for (const name of [...specified, ...loadReports]) {
    const args = [...to, `--test_case=${name}`, ...(loadReports.includes(name) ? [`--service_config_json=${loadReportConfig}`] : [])];
    await tell(`${leg} ${name}`, async () => {
      const { code, output } = await run(join(folder, "client"), args, { quiet: true, timeoutMs: caseTimeoutMs });
      if (code !== 0) throw new Error(`exit ${code}\n${output}`);
    });
  }
}

async function tell(title: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  try {
    await work();
    passed += 1;
    console.log(`ok     ${title} (${seconds(started)})`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${title} (${seconds(started)})\n${error instanceof Error ? error.message : String(error)}`);
  }
}
