import type { LevelWithSilent } from "pino";
import { certificateProblem, keyPairProblem } from "./config/certificates.ts";
import { type Checking, list, one, type ReadFile, reasonOf, textOf } from "./config/reading.ts";
import { type RegistryConfig, registriesOf } from "./config/registries.ts";
import { type ConfiguredTarget, targetsOf } from "./config/targets.ts";
import {
  isLoopback,
  parseAtLeastOne,
  parseCount,
  parseHeaderSize,
  parseHost,
  parseListen,
  parseLogLevel,
  parseOrigin,
  parseOtlp,
  parsePercent,
  parseSize,
  parseText,
  parseTime,
  parseTimeOrOff,
  parseToken,
  parseWorkers,
} from "./config/values.ts";
import { defaultEjectionLimits, type EjectionLimits } from "./catalog/instance-health.ts";
import { defaultInboundLimits, type InboundLimits } from "./inbound/limits.ts";
import type { PoolTimers } from "./net/pool-options.ts";
import type { TlsTrust } from "./net/tls-trust.ts";
import { defaultHealthIntervalMs } from "./routing/health-checks.ts";
import { defaultRetryBudgetLimits, type RetryBudgetLimits } from "./routing/retry-budget.ts";
import type { TlsSetting } from "./self-signed.ts";
import { type Settings, settingsFromArguments, settingsFromEnvironment, settingsFromFile, strongest } from "./config/settings.ts";

/** Everything the gateway is told, checked. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly token: string | undefined;
  readonly allowHosts: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly tls: TlsSetting | undefined;
  /** Processes that relay; 1: the one that was started does it all. */
  readonly workers: number;
  readonly opensPage: boolean;
  readonly demo: boolean;
  readonly embeddedRegistry: boolean;
  readonly targets: readonly ConfiguredTarget[];
  /** Which certificates are good, for targets of every kind. */
  readonly tlsTrust: TlsTrust;
  readonly registries: readonly RegistryConfig[];
  readonly protoPaths: readonly string[];
  readonly descriptorSets: readonly string[];
  readonly maxMessageBytes: number;
  readonly inboundLimits: InboundLimits;
  readonly poolTimers: Partial<PoolTimers>;
  /** Time between two health checks of an instance in milliseconds; 0: there are none. */
  readonly healthIntervalMs: number;
  readonly ejection: EjectionLimits;
  readonly retryBudget: RetryBudgetLimits;
  readonly drain: DrainTimes;
  readonly allowLinkLocal: boolean;
  readonly allowUnixTargets: boolean;
  readonly logLevel: LevelWithSilent;
  /** File that gets a line for each call, "-" for standard output. */
  readonly accessLog: string | undefined;
  /** URL that spans are sent to. */
  readonly otlpUrl: string | undefined;
}

/** What the command line asks for; of problems all of them at once, one line each. */
export type ParsedConfig =
  | { readonly kind: "run"; readonly config: Config }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

/** How a gateway that was told to end goes, in milliseconds. */
export interface DrainTimes {
  /** Calls are still taken for so long while it says that it is not ready; undefined: as long as it takes whoever watches it. */
  readonly waitMs: number | undefined;
  /** Then calls under way get so long to finish. */
  readonly finishMs: number;
}

const defaultDrainMs = 20_000;
const defaultMaxMessageBytes = 16 * 1024 * 1024;

/** Reads command line, environment (`RPCDECK_*`) and `--config` file; flags win over the environment, that over the file. */
export function parseConfig(argv: readonly string[], env: Readonly<Record<string, string | undefined>>, readFile: ReadFile): ParsedConfig {
  if (argv.includes("--help")) return { kind: "help" };
  if (argv.includes("--version")) return { kind: "version" };
  const fromArguments = settingsFromArguments(argv);
  const fromEnvironment = settingsFromEnvironment(env);
  const problems = [...fromArguments.problems, ...fromEnvironment.problems];
  let fileSettings: Settings = new Map();
  const file = (fromArguments.settings.get("config") ?? fromEnvironment.settings.get("config"))?.[0];
  if (file !== undefined) {
    const path = String(file.value);
    try {
      const fromFile = settingsFromFile(path, readFile(path));
      problems.push(...fromFile.problems);
      fileSettings = fromFile.settings;
    } catch (error) {
      problems.push(`${file.origin} ${path}: ${reasonOf(error)}`);
    }
  }
  const settings = strongest(fromArguments.settings, fromEnvironment.settings, fileSettings);
  const config = check({ settings, problems, readFile, env });
  return problems.length > 0 ? { kind: "problems", problems } : { kind: "run", config };
}

function check(checking: Checking): Config {
  const { settings, problems } = checking;
  const isOn = (name: string): boolean => settings.has(name);
  const listen = one(checking, "listen", parseListen) ?? { host: "127.0.0.1", port: 8080 };
  const token = one(checking, "token", parseToken);
  if (!isLoopback(listen.host) && token === undefined) {
    problems.push(`--listen: ${listen.host} can be reached by other machines, which needs --token`);
  }
  const cert = textOf(checking, "tls-cert");
  const key = textOf(checking, "tls-key");
  if (settings.has("tls-cert") !== settings.has("tls-key")) problems.push("--tls-cert and --tls-key belong together");
  if (cert !== undefined && key !== undefined) {
    pushIfAny(problems, keyPairProblem({ name: "--tls-cert", pem: cert }, { name: "--tls-key", pem: key }));
  }
  const isSelfSigned = isOn("tls-self-signed");
  if (isSelfSigned && (settings.has("tls-cert") || settings.has("tls-key"))) {
    problems.push("--tls-self-signed makes a certificate of its own: leave it out, or --tls-cert and --tls-key");
  }
  const clientCa = textOf(checking, "tls-client-ca");
  const demo = !isOn("no-demo") && !isOn("no-embedded-registry");
  if (settings.has("tls-client-ca")) checkClientCa(problems, { clientCa, hasTls: isSelfSigned || settings.has("tls-cert"), demo });
  const ca = textOf(checking, "tls-ca");
  if (ca !== undefined) pushIfAny(problems, certificateProblem({ name: "--tls-ca", pem: ca }));
  const tlsTrust: TlsTrust = { ca, skipVerify: list(checking, "skip-verify", parseText) };
  const timer = (name: string): number | undefined => one(checking, name, parseTime);
  const poolTimers = {
    connectMs: timer("connect-timeout"),
    idleCloseMs: timer("idle-close"),
    keepaliveSilenceMs: timer("keepalive-silence"),
    keepaliveTimeoutMs: timer("keepalive-timeout"),
    keepaliveRepeatMs: timer("keepalive-repeat"),
  };
  const maxMessageBytes = one(checking, "max-message", parseSize) ?? defaultMaxMessageBytes;
  return {
    listen,
    token,
    allowHosts: list(checking, "allow-host", parseHost),
    allowOrigins: list(checking, "allow-origin", parseOrigin),
    tls: isSelfSigned
      ? { kind: "self-signed", clientCa }
      : cert === undefined || key === undefined
        ? undefined
        : { kind: "given", cert, key, clientCa },
    workers: one(checking, "workers", parseWorkers) ?? 1,
    opensPage: isOn("open"),
    demo,
    embeddedRegistry: !isOn("no-embedded-registry"),
    targets: targetsOf(checking, tlsTrust),
    tlsTrust,
    registries: registriesOf(checking, ca),
    protoPaths: list(checking, "proto", parseText),
    descriptorSets: list(checking, "descriptor-set", parseText),
    maxMessageBytes,
    inboundLimits: inboundLimitsOf(checking, maxMessageBytes),
    poolTimers: Object.fromEntries(Object.entries(poolTimers).filter(([, value]) => value !== undefined)),
    healthIntervalMs: one(checking, "health-interval", parseTimeOrOff) ?? defaultHealthIntervalMs,
    ejection: {
      ejectAfter: one(checking, "eject-after", parseCount) ?? defaultEjectionLimits.ejectAfter,
      ejectMs: timer("eject-time") ?? defaultEjectionLimits.ejectMs,
    },
    retryBudget: { percent: one(checking, "retry-budget", parsePercent) ?? defaultRetryBudgetLimits.percent },
    drain: {
      waitMs: one(checking, "drain-wait", parseTimeOrOff),
      finishMs: one(checking, "drain-time", parseTimeOrOff) ?? defaultDrainMs,
    },
    allowLinkLocal: isOn("allow-link-local"),
    allowUnixTargets: isOn("allow-unix-targets"),
    accessLog: one(checking, "access-log", parseText),
    otlpUrl: one(checking, "otlp", parseOtlp),
    logLevel: one(checking, "log-level", parseLogLevel) ?? "warn",
  };
}

function inboundLimitsOf(checking: Checking, maxMessageBytes: number): InboundLimits {
  const limits = defaultInboundLimits;
  const headersMs = one(checking, "header-timeout", parseTime) ?? limits.headersMs;
  return {
    ...limits,
    maxMessageBytes,
    maxHeaderBytes: one(checking, "max-headers", parseHeaderSize) ?? limits.maxHeaderBytes,
    maxConnections: one(checking, "max-connections", parseAtLeastOne) ?? limits.maxConnections,
    maxConnectionsPerAddress: one(checking, "max-per-address", parseAtLeastOne) ?? limits.maxConnectionsPerAddress,
    maxStreamsPerConnection: one(checking, "max-streams", parseAtLeastOne) ?? limits.maxStreamsPerConnection,
    headersMs,
    sniffMs: headersMs,
    bodyIdleMs: one(checking, "body-timeout", parseTime) ?? limits.bodyIdleMs,
    idleSessionMs: one(checking, "client-idle", parseTime) ?? limits.idleSessionMs,
  };
}

function checkClientCa(problems: string[], given: { clientCa: string | undefined; hasTls: boolean; demo: boolean }): void {
  if (!given.hasTls)
    problems.push("--tls-client-ca needs --tls-cert and --tls-key, or --tls-self-signed: only TLS can ask for a certificate");
  if (given.demo) problems.push("--tls-client-ca: the demo servers have no certificate to register with; add --no-demo");
  if (given.clientCa !== undefined) pushIfAny(problems, certificateProblem({ name: "--tls-client-ca", pem: given.clientCa }));
}

function pushIfAny(problems: string[], problem: string | undefined): void {
  if (problem !== undefined) problems.push(problem);
}
