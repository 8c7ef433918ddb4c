// Builds the Go peers into peers/bin, when a Go toolchain is there and a source is newer. A missing toolchain is said, and is an error
// only with REQUIRE_PEERS=1.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { root, run, seconds } from "../scripts/steps.ts";

const source = join(root, "peers/go");
const programs = readdirSync(join(source, "cmd"));
const built = programs.map((name) => join(root, "peers/bin", name));

const newest = Math.max(
  ...readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
);
if (built.every((file) => existsSync(file) && statSync(file).mtimeMs >= newest)) process.exit(0);

const started = performance.now();
const { code, output } = await run("go", ["build", "-o", join(root, "peers/bin") + "/", "./cmd/..."], {
  cwd: source,
  quiet: true,
  env: { CGO_ENABLED: "0" },
});
if (code === 0) {
  console.log(`Go peers built in ${seconds(started)}`);
} else if (code === 127) {
  console.log("no Go toolchain on PATH: tests against Go peers are skipped");
  process.exit(process.env["REQUIRE_PEERS"] === "1" ? 1 : 0);
} else {
  console.log(output);
  process.exit(1);
}
