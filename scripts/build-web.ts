// Builds the page into apps/web/dist. With --if-needed only when a source is newer than the last build.
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { root, run, seconds } from "./steps.ts";

const stamp = join(root, "apps/web/dist/.built");
const sources = ["apps/web", "packages", "package-lock.json"];

if (process.argv.includes("--if-needed") && existsSync(stamp) && newest(sources) < statSync(stamp).mtimeMs) process.exit(0);

const started = performance.now();
console.log("building the page ...");
const result = await run(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"], {
  cwd: join(root, "apps/web"),
});
if (result.code !== 0) process.exit(result.code);
writeFileSync(stamp, "");
console.log(`page built in ${seconds(started)}`);

/** Time of the newest file under some paths, build results and installed packages left out. */
function newest(paths: readonly string[]): number {
  let time = 0;
  const visit = (path: string): void => {
    const stat = statSync(path);
    if (!stat.isDirectory()) {
      time = Math.max(time, stat.mtimeMs);
      return;
    }
    for (const name of readdirSync(path)) if (name !== "node_modules" && name !== "dist" && !name.startsWith(".")) visit(join(path, name));
  };
  for (const path of paths) visit(join(root, path));
  return time;
}
