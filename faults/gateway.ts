import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../scripts/steps.ts";
import type { Held } from "./gateway-probe.ts";

/** The shipped gateway in a process of its own, with a way to look into it. */
export interface ProbedGateway extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** What it holds now, after garbage collections. Rejects when it has ended. */
  measure(): Promise<Held>;
  /** Starts a new maximum of its memory. */
  resetPeak(): void;
  /** Measures until `isCalm` or until `patienceMs` have passed; answers the last measurement. */
  settle(isCalm: (held: Held) => boolean, patienceMs: number): Promise<Held>;
  /** Stack traces of what nobody caught; an end that nobody asked for counts as one. */
  uncaught(): readonly string[];
  /** The value of one line of its metrics, such as `rpcdeck_backend_exchanges{state="running"}`; 0 where there is none. */
  metric(name: string): Promise<number>;
}

/** The descriptor set of the demo services: what the gateway needs to know of the backends here. */
const descriptors = join(root, "packages/protocol/descriptors.binpb");
const fixedFlags = ["--no-demo", "--no-embedded-registry", "--log-level", "error", "--descriptor-set", descriptors];
const betweenMeasurementsMs = 50;

/** Starts it on a free port, or on `port`, without demo and registry. `args` are flags. */
export function startProbedGateway(args: readonly string[], port = 0): Promise<ProbedGateway> {
  return new Promise((resolve, reject) => {
    const child = fork(join(root, "apps/gateway/src/main.ts"), [...fixedFlags, "--listen", `127.0.0.1:${port}`, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: ["--expose-gc", "--import", join(root, "faults/gateway-probe.ts")],
    });
    let output = "";
    let isReady = false;
    let isEnding = false;
    const uncaught: string[] = [];
    const waiting: { done: (held: Held) => void; fail: (error: Error) => void }[] = [];
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    child.on("message", (message: { held?: Held; uncaught?: readonly string[] }) => {
      if (message.uncaught !== undefined) uncaught.splice(0, uncaught.length, ...message.uncaught);
      if (message.held !== undefined) waiting.shift()?.done(message.held);
    });
    child.once("exit", (code, signal) => {
      const why = `the gateway ended with ${signal ?? code}:\n${output}`;
      if (!isEnding) uncaught.push(why);
      for (const { fail } of waiting.splice(0)) fail(new Error(why));
      if (!isReady) reject(new Error(why));
    });
    const onText = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-20_000);
      const match = /rpcdeck ready (http:\/\/\S+)/.exec(output);
      if (match === null || isReady) return;
      isReady = true;
      const url = match[1] as string;
      const gateway: ProbedGateway = {
        url,
        port: Number(new URL(url).port),
        child,
        measure: () =>
          new Promise((done, fail) => {
            if (!child.connected) return fail(new Error(`the gateway is gone:\n${output}`));
            waiting.push({ done, fail });
            child.send("measure");
          }),
        resetPeak() {
          child.send("reset peak");
        },
        async settle(isCalm, patienceMs) {
          const untilMs = performance.now() + patienceMs;
          for (;;) {
            const held = await gateway.measure();
            if (isCalm(held) || performance.now() > untilMs) return held;
            await sleep(betweenMeasurementsMs);
          }
        },
        uncaught: () => uncaught,
        async metric(name) {
          // No connection of ours may stay: sockets are counted.
          const text = await (await fetch(`${url}/-/metrics`, { headers: { connection: "close" } })).text();
          return Number(
            text
              .split("\n")
              .find((line) => line.startsWith(`${name} `))
              ?.slice(name.length) ?? 0,
          );
        },
        async [Symbol.asyncDispose]() {
          isEnding = true;
          child.kill("SIGTERM");
          const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
          await ended;
          clearTimeout(force);
        },
      };
      resolve(gateway);
    };
    child.stdout?.on("data", onText);
    child.stderr?.on("data", onText);
  });
}
