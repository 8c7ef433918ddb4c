import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** For tests: the gateway in a process of its own. */
export interface GatewayProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  readonly ended: Promise<Ended>;
}

const program = fileURLToPath(new URL("./main.ts", import.meta.url));

/** For tests: starts it on a free port; resolves once it is ready, rejects when it ends before. */
export function startGatewayProcess(...argv: readonly string[]): Promise<GatewayProcess> {
  return startGatewayProcessOn({ nodeArgs: [] }, ...argv);
}

/** For tests: the same with arguments for node. It gets an IPC channel. */
export async function startGatewayProcessOn(
  { nodeArgs }: { readonly nodeArgs: readonly string[] },
  ...argv: readonly string[]
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [...nodeArgs, program, "--listen", "127.0.0.1:0", ...argv], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  child.channel?.unref();
  let stdout = "";
  let stderr = "";
  child.stderr?.on("data", (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (text: Buffer) => {
      stdout += text.toString();
      const match = /rpcdeck ready (\S+)\n/u.exec(stdout);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    void ended.then((end) => reject(new Error(end.stderr)));
  });
  return {
    child,
    address,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
