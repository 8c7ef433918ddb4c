// `npm run conformance [-- LEG]`: the official Connect conformance suite, reference client -> gateway -> backend, one leg a backend.
// Prints one line per leg and one line of totals; exits non-zero when a case fails. Known-failing lists are empty on purpose.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { compileProtos } from "./compile-protos.ts";
import { bin, installPrograms } from "./go-programs.ts";
import { root, run } from "../scripts/steps.ts";

const version = "v1.0.5";
const descriptors = join(bin, "conformance.binpb");
const legs: readonly { readonly name: string; readonly protocol: string; readonly program: string }[] = [
  { name: "grpc", protocol: "grpc", program: "referenceserver" },
  { name: "grpc-web", protocol: "grpc-web", program: "referenceserver" },
  { name: "connect", protocol: "connect", program: "referenceserver" },
];

await prepare();
const only = process.argv[2];
let [passed, failed] = [0, 0];
for (const leg of legs.filter(({ name }) => only === undefined || name === only)) {
  const { code, output } = await run(
    join(bin, "connectconformance"),
    [
      "--mode",
      "server",
      "--conf",
      join(root, "conformance/gateway.yaml"),
      ...process.argv.slice(3),
      "--",
      process.execPath,
      join(root, "conformance/gateway-server.ts"),
    ],
    { quiet: true, env: { BACKEND_PROTOCOL: leg.protocol, BACKEND_PROGRAM: join(bin, leg.program), DESCRIPTORS: descriptors } },
  );
  const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(output)?.[1] ?? 0);
  const [legPassed, legFailed] = [count("passed"), Math.max(count("failed"), code === 0 ? 0 : 1)];
  passed += legPassed;
  failed += legFailed;
  if (legFailed > 0) console.log(output.slice(-20_000));
  console.log(`${leg.name}: ${legPassed} passed, ${legFailed} failed`);
}
console.log(`conformance: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** Installs the suite's programs with Go and compiles its protos, once. */
async function prepare(): Promise<void> {
  const programs = ["connectconformance", "referenceserver", "grpcserver"].map((name) => `connectrpc.com/conformance/cmd/${name}`);
  await installPrograms(programs, version, bin, "conformance");
  if (existsSync(descriptors)) return;
  const cache = (await run("go", ["env", "GOMODCACHE"], { quiet: true })).output.trim() || join(homedir(), "go/pkg/mod");
  const files = ["client_compat", "config", "server_compat", "service", "suite"].map((name) => `connectrpc/conformance/v1/${name}.proto`);
  await compileProtos(join(cache, `connectrpc.com/conformance@${version}/proto`), files, descriptors);
}
