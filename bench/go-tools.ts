// The Go gateways that are measured beside ours, built once by exact version into bench/bin.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { root, run, seconds } from "../scripts/steps.ts";

/** One of them: installed from its module, or built from a folder of bench/go. */
export type GoTool =
  | { readonly name: string; readonly install: string }
  | { readonly name: string; readonly folder: string; readonly main: string };

const bin = join(root, "bench/bin");

/** The program's path, built where it is not there or older than its folder; or why it cannot be had. */
export async function goTool(tool: GoTool): Promise<{ readonly path: string } | { readonly problem: string }> {
  const path = join(bin, tool.name);
  if (existsSync(path) && statSync(path).mtimeMs >= ("folder" in tool ? newestIn(tool.folder) : 0)) return { path };
  const startedMs = performance.now();
  const { code, output } =
    "folder" in tool
      ? await run("go", ["build", "-o", path, tool.main], {
          cwd: join(root, "bench/go", tool.folder),
          quiet: true,
          env: { CGO_ENABLED: "0" },
        })
      : await run("go", ["install", tool.install], { quiet: true, env: { GOBIN: bin, CGO_ENABLED: "0" } });
  if (code === 127) return { problem: `no Go toolchain on PATH to build ${tool.name} with` };
  if (code !== 0) return { problem: `${tool.name} cannot be built: ${output.trim().split("\n").at(-1)}` };
  console.log(`${tool.name} built in ${seconds(startedMs)}`);
  return { path };
}

function newestIn(folder: string): number {
  const source = join(root, "bench/go", folder);
  return Math.max(...readdirSync(source).map((file) => statSync(join(source, file)).mtimeMs));
}
