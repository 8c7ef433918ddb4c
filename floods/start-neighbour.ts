import { fork } from "node:child_process";
import { join } from "node:path";
import { root } from "../scripts/steps.ts";
import type { NeighbourCall } from "./neighbour.ts";

/** An honest caller, running. */
export interface Neighbour {
  /** The calls that ended since the last time this was asked. */
  take(): readonly NeighbourCall[];
  stop(): Promise<void>;
}

/** Starts one in a process of its own. Resolves when its first call has ended, which opened its connection and does not count. */
export async function startNeighbour(gatewayUrl: string, target: string): Promise<Neighbour> {
  const child = fork(join(root, "floods/neighbour.ts"), [gatewayUrl, target], { cwd: root });
  let calls: NeighbourCall[] = [];
  const first = Promise.withResolvers<void>();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.on("message", (call: NeighbourCall) => {
    calls.push(call);
    first.resolve();
  });
  await Promise.race([first.promise, ended]);
  calls = [];
  return {
    take() {
      const taken = calls;
      calls = [];
      return taken;
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
