// The program: reads what it is told, starts the gateway, and ends it. The only file that touches process.*
import cluster from "node:cluster";
import { randomUUID } from "node:crypto";
import { openSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { type Logger, pino } from "pino";
import { type Config, type DrainTimes, parseConfig } from "./config.ts";
import { helpText } from "./config/flags.ts";
import { openPage } from "./open-page.ts";
import { createGateway } from "./server.ts";
import { createWorker, type GatewayWorker, type WorkerSetting } from "./worker.ts";
import { forkWorkers } from "./workers/fork-workers.ts";
import type { ToLead, ToWorker } from "./workers/messages.ts";

// What a call consists of is garbage after a few milliseconds. V8 takes those of it that a collection met alive for long-lived, puts all of their
// kind among the old from then on, and with each of them keeps the whole call until the next major collection (decision 0039).
setFlagsFromString("--no-allocation-site-pretenuring");

/** After Ctrl-C calls under way get at most so long to finish, in milliseconds: somebody waits at the keyboard. */
const terminalDrainMs = 3_000;
/** After SIGTERM calls are still taken for so long where a load balancer watches, unless --drain-wait says how long, in milliseconds. */
const watchedDrainWaitMs = 5_000;
/** A signal that comes again within this time is the same one, sent to us and to our launcher, in milliseconds. */
const sameSignalMs = 300;
/** Lines of the access log are written once they are so many bytes, and at least so often, in milliseconds. */
const accessPieceBytes = 4_096;
const accessFlushMs = 1_000;
/** The ready line waits at most so long for the demo servers, in milliseconds. */
const demoWaitMs = 8_000;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
const startedMs = performance.now();

const say = (text: string): void => {
  process.stderr.write(`[${((performance.now() - startedMs) / 1000).toFixed(1)} s] ${text}\n`);
};
const fail = (lines: readonly string[]): never => {
  for (const line of lines) process.stderr.write(`rpcdeck: ${line}\n`);
  process.exit(2);
};

if (cluster.isWorker) runWorker();
else await runMain();

async function runMain(): Promise<void> {
  const parsed = parseConfig(process.argv.slice(2), process.env, (file) => readFileSync(file, "utf8"));
  switch (parsed.kind) {
    case "help":
      process.stdout.write(helpText());
      return;
    case "version":
      process.stdout.write(`rpcdeck ${version}\n`);
      return;
    case "problems":
      return fail([...parsed.problems, "see --help"]);
    case "run":
      return run(parsed.config);
  }
}

async function run(config: Config): Promise<void> {
  const access = config.accessLog === undefined ? undefined : openAccessLog(config.accessLog);
  const gateway = await createGateway(config, {
    writeAccess: access === undefined ? undefined : (line) => access.write(line),
    version,
    bootId: randomUUID(),
    log: logAt(config),
    workers: config.workers === 1 ? undefined : forkWorkers<WorkerSetting>({ count: config.workers, say, onLost }),
    webRoot: path.join(root, "apps/web/dist"),
    descriptors: readFileSync(path.join(root, "packages/protocol/descriptors.binpb")),
  });
  if (gateway.schemaProblems.length > 0) {
    await gateway.close(0);
    fail(gateway.schemaProblems);
  }
  let address = "";
  try {
    address = await gateway.listen();
  } catch (error) {
    await gateway.close(0);
    fail([listenProblem(error, `${config.listen.host}:${config.listen.port}`)]);
  }

  if (gateway.fingerprint !== undefined) {
    say(`TLS with a certificate for localhost, 127.0.0.1 and ::1 that is new with each start; SHA-256 ${gateway.fingerprint}`);
  }

  let isEnding = false;
  let endingMs = 0;
  const end = (signal: string): void => {
    if (isEnding) {
      if (performance.now() - endingMs > sameSignalMs) process.exit(1); // asked twice: at once
      return;
    }
    isEnding = true;
    endingMs = performance.now();
    const { waitMs, finishMs } = drainAfter(signal, config.drain, gateway.isWatched());
    const wait = waitMs === 0 ? "" : `/-/readyz says 503 for ${waitMs / 1000} s, then `;
    say(`${signal}: ending; ${wait}calls under way get ${finishMs / 1000} s (a second signal ends at once)`);
    gateway.close(finishMs, waitMs).then(
      () => {
        access?.flushSync();
        process.exit(0);
      },
      () => process.exit(1),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);

  if (config.demo) {
    say("starting the demo servers");
    const starting = gateway.startDemo().then((problems) => {
      if (!isEnding) for (const problem of problems) say(`demo: ${problem}`);
    });
    await Promise.race([starting, new Promise((resolve) => setTimeout(resolve, demoWaitMs).unref())]);
  }
  if (isEnding) return;
  process.stdout.write(`rpcdeck ready ${address}\n`);
  if (config.opensPage) openPage(address);
}

/** No worker is left to take connections: whoever supervises this program should start it anew. */
function onLost(): void {
  say("no worker is left: ending");
  process.exit(1);
}

/** A worker of --workers: this same program, told over a channel what to do, and by whom alone it is ended. */
function runWorker(): void {
  // Ctrl-C and service managers signal all processes; the lead says when to go.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  const tell = (message: ToLead): void => {
    process.send?.(message);
  };
  let worker: GatewayWorker | undefined;
  const take = async (message: ToWorker<WorkerSetting>, socket: Socket | undefined): Promise<void> => {
    switch (message.kind) {
      case "start": {
        const { config, insidePath } = message.setting;
        // A lead that was killed can neither end us nor remove its folder.
        cluster.worker?.once("disconnect", () => {
          rmSync(path.dirname(insidePath), { recursive: true, force: true });
        });
        worker = createWorker(message, { log: logAt(config), tell });
        return tell({ kind: "ready" });
      }
      case "connection":
        if (socket !== undefined) worker?.accept(socket); // its caller may have closed it on the way
        return;
      case "end":
        await worker?.take(message);
        // What was told before goes first.
        process.send?.({ kind: "ended", lines: "", calls: [] } satisfies ToLead, undefined, undefined, () => process.exit(0));
        return;
      default:
        return worker?.take(message);
    }
  };
  process.on("message", (message: ToWorker<WorkerSetting>, socket: Socket | undefined) => void take(message, socket));
}

function logAt({ logLevel }: Config): Logger {
  return pino({ level: logLevel }, pino.destination(2));
}

/** Lines are written in pieces, and at least once a second. */
function openAccessLog(path: string): ReturnType<typeof pino.destination> {
  try {
    const fd = path === "-" ? process.stdout.fd : openSync(path, "a");
    const destination = pino.destination({ fd, sync: false, minLength: accessPieceBytes });
    destination.on("error", (error: Error) => say(`--access-log ${path}: ${error.message}`));
    setInterval(() => destination.flush(), accessFlushMs).unref();
    return destination;
  } catch (error) {
    return fail([`--access-log: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** Ctrl-C and a closed terminal do not wait for load balancers; SIGTERM comes from who runs services. */
function drainAfter(signal: string, times: DrainTimes, isWatched: boolean): { readonly waitMs: number; readonly finishMs: number } {
  if (signal !== "SIGTERM") return { waitMs: 0, finishMs: Math.min(times.finishMs, terminalDrainMs) };
  return { waitMs: times.waitMs ?? (isWatched ? watchedDrainWaitMs : 0), finishMs: times.finishMs };
}

function listenProblem(error: unknown, where: string): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `${where} is taken by another program; choose another port with --listen 127.0.0.1:PORT (0 picks a free one)`;
  if (code === "EACCES") return `${where} may not be listened on; choose a port above 1023 with --listen`;
  return `--listen ${where}: ${error instanceof Error ? error.message : String(error)}`;
}
