import { isIPv4 } from "node:net";
import { availableParallelism } from "node:os";
import type { LevelWithSilent } from "pino";

/** Largest value of --max-message. */
const maxMaxMessageBytes = 256 * 1024 * 1024;
/** Largest value of --max-headers. */
const maxMaxHeaderBytes = 256 * 1024;
/** Largest value of --workers; more of them than cores relay no more. */
const maxWorkers = 64;
/** Shortest --token. */
const minTokenLength = 16;
const logLevels: readonly LevelWithSilent[] = ["debug", "info", "warn", "error", "silent"];

/** A parser of one text: the value, or what is wrong in words that follow the setting's name. */
export type ParseText<Value> = (text: string) => { readonly value: Value } | { readonly problem: string };

/** Any text but an empty one. */
export const parseText: ParseText<string> = (text) => (text === "" ? { problem: "is empty" } : { value: text });

/** `HOST:PORT`, `[v6]:PORT` or `:PORT` for this machine. */
export const parseListen: ParseText<{ readonly host: string; readonly port: number }> = (text) => {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/iu.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) return { problem: `${JSON.stringify(text)} is not HOST:PORT, such as 127.0.0.1:8080` };
  const host = parts[1] ?? parts[2] ?? "";
  return { value: { host: host === "" ? "127.0.0.1" : host, port } };
};

/** True for hosts that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** A secret that a header can carry. */
export const parseToken: ParseText<string> = (text) => {
  if (text.length < minTokenLength) return { problem: `${text.length} characters are fewer than the least of ${minTokenLength}` };
  return /^[\x21-\x7e]+$/u.test(text) ? { value: text } : { problem: "holds characters that no header can carry" };
};

/** A host name or an address. */
export const parseHost: ParseText<string> = (text) =>
  /^[a-z0-9.-]+$|^\[[0-9a-f:.]+\]$/iu.test(text)
    ? { value: text.toLowerCase() }
    : { problem: `${JSON.stringify(text)} is not a host name` };

/** Scheme, host and port of a web page. */
export const parseOrigin: ParseText<string> = (text) =>
  URL.canParse(text) && new URL(text).origin === text
    ? { value: text }
    : { problem: `${JSON.stringify(text)} is not an origin, such as https://app.example` };

/** Bytes, from 1 KiB to the largest message there can be. */
export const parseSize: ParseText<number> = (text) => {
  const parts = /^(\d+)\s*(KiB|MiB|KB|MB|k|M|)$/iu.exec(text);
  const unit = (parts?.[2] ?? "").toLowerCase();
  const bytes = Number(parts?.[1]) * (unit.startsWith("k") ? 1024 : unit.startsWith("m") ? 1024 * 1024 : 1);
  if (parts === null || bytes < 1024) return { problem: `${JSON.stringify(text)} is not a size of at least 1KiB, such as 64MiB` };
  return bytes > maxMaxMessageBytes ? { problem: `${text} is more than the limit of 256MiB` } : { value: bytes };
};

/** Bytes of request headers, from 1 KiB to 256 KiB. */
export const parseHeaderSize: ParseText<number> = (text) => {
  const size = parseSize(text);
  return "value" in size && size.value > maxMaxHeaderBytes ? { problem: `${text} is more than the limit of 256KiB` } : size;
};

/** Milliseconds, from 1 ms to 24 h. */
export const parseTime: ParseText<number> = (text) => {
  const parts = /^(\d+)(ms|s|m|h)$/u.exec(text);
  const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[parts?.[2] ?? ""];
  const ms = Number(parts?.[1]) * (unitMs ?? Number.NaN);
  return ms >= 1 && ms <= 86_400_000
    ? { value: ms }
    : { problem: `${JSON.stringify(text)} is not a time from 1ms to 24h, such as 500ms or 5s` };
};

/** Like {@link parseTime}, and 0 for what is switched off. */
export const parseTimeOrOff: ParseText<number> = (text) => (text === "0" ? { value: 0 } : parseTime(text));

/** A whole number from 0 to 1,000,000. */
export const parseCount: ParseText<number> = (text) =>
  /^\d{1,7}$/u.test(text) && Number(text) <= 1_000_000
    ? { value: Number(text) }
    : { problem: `${JSON.stringify(text)} is not a whole number from 0 to 1000000` };

/** Retries for 100 calls: a whole number from 0 to 400, as a call has five attempts at most. */
export const parsePercent: ParseText<number> = (text) =>
  /^\d{1,3}$/u.test(text) && Number(text) <= 400
    ? { value: Number(text) }
    : { problem: `${JSON.stringify(text)} is not a whole number from 0 to 400` };

/** Address of an OpenTelemetry collector; without a path its usual one for traces is meant. */
export const parseOtlp: ParseText<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/u.test(url.protocol) || url.username !== "") {
    return { problem: `${JSON.stringify(text)} is not an http or https URL, such as http://127.0.0.1:4318` };
  }
  if (url.pathname === "/") url.pathname = "/v1/traces";
  return { value: url.href };
};

/** A whole number of things of which there must be one at least, at most 100,000. */
export const parseAtLeastOne: ParseText<number> = (text) =>
  /^\d{1,6}$/u.test(text) && Number(text) >= 1 && Number(text) <= 100_000
    ? { value: Number(text) }
    : { problem: `${JSON.stringify(text)} is not a whole number from 1 to 100000` };

/** How many processes relay: a whole number from 1 to the limit, or `auto` for one for each core. */
export const parseWorkers: ParseText<number> = (text) => {
  if (text === "auto") return { value: Math.min(maxWorkers, availableParallelism()) };
  return /^\d{1,3}$/u.test(text) && Number(text) >= 1 && Number(text) <= maxWorkers
    ? { value: Number(text) }
    : { problem: `${JSON.stringify(text)} is not a whole number from 1 to ${maxWorkers}, nor auto` };
};

/** A level of the log. */
export const parseLogLevel: ParseText<LevelWithSilent> = (text) => {
  const level = logLevels.find((each) => each === text);
  return level === undefined ? { problem: `${JSON.stringify(text)} is none of ${logLevels.join(", ")}` } : { value: level };
};
