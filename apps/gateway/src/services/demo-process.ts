import { type ChildProcess, spawn } from "node:child_process";

/** Longest wait for a demo process to be registered, in milliseconds; six start at once, and a busy machine takes its time. */
const startTimeoutMs = 60_000;
/** Time a demo process gets to end by itself, in milliseconds; then it is killed. */
const stopTimeoutMs = 3_000;
/** Longest wait for a demo process to take a new behaviour, in milliseconds. */
const behaveTimeoutMs = 2_000;

/** A demo program and its fixed arguments. */
export interface DemoSpec {
  /** Unique, such as "greeter-1". */
  readonly name: string;
  readonly service: "greeter" | "arith" | "addressbook";
  readonly protocol: "grpc" | "connect" | "grpc-web";
  readonly zone: string;
  /** Full names of its services. */
  readonly services: readonly string[];
}

/** How to run the demo program. */
export interface DemoProgram {
  /** The Node that runs it. */
  readonly execPath: string;
  /** Its file. */
  readonly entry: string;
  /** The etcd v3 API it registers in. */
  readonly registry: string;
  /** The gateway's token, handed over by environment. */
  readonly token: string | undefined;
}

/** A demo process that runs. */
export interface DemoProcess {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it politely: it leaves the registry first. Kills it when it takes too long. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Resolves when it has taken the behaviour; rejects when it does not answer. */
  behave(behaviour: { readonly delayMs: number; readonly failPercent: number }): Promise<void>;
}

/**
 * Starts a demo process; resolves once it is registered, and rejects when `signal` is aborted before that. It ends by itself when this
 * process does.
 */
export async function startDemoProcess(spec: DemoSpec, program: DemoProgram, signal?: AbortSignal): Promise<DemoProcess> {
  const { service, protocol, name, zone } = spec;
  const args = [
    program.entry,
    "--name",
    name,
    "--service",
    service,
    "--protocol",
    protocol,
    "--zone",
    zone,
    "--registry",
    program.registry,
  ];
  const child = spawn(program.execPath, args, {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { PATH: process.env["PATH"], ...(program.token === undefined ? {} : { RPCDECK_REGISTRY_PASSWORD: program.token }) },
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const kill = () => {
    child.kill("SIGKILL");
    return ended;
  };
  let address = "";
  child.on("message", (message: unknown) => {
    address = textOf(message, "address") ?? address;
  });
  const abandon = () => void kill();
  signal?.addEventListener("abort", abandon);
  try {
    await heard(child, "registered", startTimeoutMs, ended);
  } catch (error) {
    await kill();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abandon);
  }
  return {
    address,
    ended,
    async stop() {
      const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(timer);
    },
    kill,
    async behave(behaviour) {
      const taken = heard(child, "behaved", behaveTimeoutMs, ended);
      child.send({ kind: "behaviour", ...behaviour });
      await taken;
    },
  };
}

/** Resolves when the child sends a message of a kind; rejects when it ends or is silent for too long. */
function heard(child: ChildProcess, kind: string, timeoutMs: number, ended: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      child.off("message", onMessage);
      finish();
    };
    const onMessage = (message: unknown) => {
      if (textOf(message, "kind") === kind) {
        settle(resolve);
      }
    };
    const timer = setTimeout(
      () => settle(() => reject(new Error(`the demo process was not "${kind}" within ${timeoutMs / 1000} s`))),
      timeoutMs,
    );
    child.on("message", onMessage);
    void ended.then(() =>
      settle(() => reject(new Error(`the demo process ended with code ${child.exitCode ?? child.signalCode ?? "unknown"}`))),
    );
  });
}

function textOf(message: unknown, name: string): string | undefined {
  const value = typeof message === "object" && message !== null ? Reflect.get(message, name) : undefined;
  return typeof value === "string" ? value : undefined;
}
