// Running programs one after another, saying what is done and how long it took.
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

/** The project's root folder, without a slash at the end. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** How a program is run. */
export interface RunOptions {
  /** Environment on top of ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Collect what it prints instead of showing it; it is shown when the program fails. */
  readonly quiet?: boolean;
  /** Collect what it prints, and show it too. */
  readonly collect?: boolean;
  readonly cwd?: string;
  /** Ends the program after so long, which counts as a failure. Default: never. */
  readonly timeoutMs?: number;
}

/** Runs a program; resolves with its exit code and, where `quiet` or `collect`, what it printed. Never rejects. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<{ code: number; output: string }> {
  const isPiped = options.quiet === true || options.collect === true;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      timeout: options.timeoutMs,
      stdio: ["ignore", isPiped ? "pipe" : "inherit", isPiped ? "pipe" : "inherit"],
      env: { ...process.env, ...options.env },
    });
    let output = "";
    const take = (shown: NodeJS.WriteStream) => (chunk: Buffer) => {
      output += chunk.toString();
      if (options.collect === true) shown.write(chunk);
    };
    child.stdout?.on("data", take(process.stdout));
    child.stderr?.on("data", take(process.stderr));
    child.on("error", (error) => {
      resolve({ code: 127, output: `${command}: ${error.message}` });
    });
    child.on("close", (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Seconds since `since` (a `performance.now()` value), as text. */
export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
