import { headerValue } from "@rpcdeck/frames";
import type { Call } from "../call/call.ts";
import type { TraceHub } from "../call/trace-recorder.ts";
import { asSeenBy, outcomeFromFault } from "../errors/to-outcome.ts";
import { acceptRpc, plain } from "./accept-rpc.ts";
import { CorsExchange } from "./cors-exchange.ts";
import type { Exchange } from "./exchange.ts";
import { hostName, isHealthPath, type Guard, type Refusal } from "./guard.ts";
import { headersProblem } from "./headers-problem.ts";
import type { InboundLimits } from "./limits.ts";
import type { StaticFiles } from "./static-files.ts";

/** What requests are dispatched to. */
export interface DispatchOptions {
  readonly guard: Guard;
  readonly limits: InboundLimits;
  readonly traceHub: TraceHub;
  readonly staticFiles: StaticFiles;
  readonly handleCall: (call: Call) => void;
  /** Told the HTTP status of every request that is turned away before it is a call. */
  readonly onRefusal: (status: number) => void;
  /** Answers /-/readyz. */
  readonly isReady: () => boolean;
  /** Text of /-/metrics; 404 without. */
  readonly metrics: (() => Promise<{ readonly contentType: string; readonly body: string }>) | undefined;
  /** Pages opened under `localhost` move to 127.0.0.1; off where only ::1 is listened on. */
  readonly redirectLocalhost: boolean;
}

/** Where a path leads, by its shape alone. */
export type Route = "page" | "file" | "own" | "rpc" | "none";

/** Pages are `/` or one segment, RPCs two, `/-/` is ours. Anything else is nothing. */
export function routeOf(path: string): Route {
  if (!path.startsWith("/")) return "none";
  if (path.startsWith("/-/")) return path.startsWith("/-/assets/") ? "file" : "own";
  const slash = path.indexOf("/", 1);
  if (slash === -1) return "page";
  return slash > 1 && slash < path.length - 1 && !path.includes("/", slash + 1) ? "rpc" : "none";
}

/** One function that answers every request, in this order: guard, our own paths and files, RPCs. */
export function createDispatch(options: DispatchOptions): (exchange: Exchange) => void {
  const { guard } = options;
  const turnAway: typeof plain = (exchange, status, text, headers) => {
    options.onRefusal(status);
    plain(exchange, status, text, headers);
  };
  return (asked) => {
    const cors = guard.corsHeaders(asked.headers);
    const exchange = cors.length === 0 ? asked : new CorsExchange(asked, cors);
    const question = exchange.target.indexOf("?");
    const path = question === -1 ? exchange.target : exchange.target.slice(0, question);
    const route = routeOf(path);
    const isRead = exchange.method === "GET" || exchange.method === "HEAD";
    const open = (isRead && (route === "page" || route === "file")) || isHealthPath(path);
    const refusal = guard.check({
      http: exchange.http,
      encrypted: exchange.encrypted,
      method: exchange.method,
      path,
      host: exchange.host,
      headers: exchange.headers,
      open,
    });
    if (refusal !== undefined) {
      options.onRefusal(refusal.status);
      refuse(exchange, refusal);
      return;
    }
    if (exchange.method === "OPTIONS") {
      exchange.answer(204, guard.preflightHeaders(exchange.headers));
      return;
    }
    const problem = headersProblem(exchange, options.limits);
    if (route === "rpc") {
      acceptRpc(exchange, path, {
        limits: options.limits,
        traceHub: options.traceHub,
        handleCall:
          problem === undefined
            ? options.handleCall
            : (call) => {
                options.onRefusal(431);
                call.end(asSeenBy(call, outcomeFromFault("headers_too_large", problem)));
              },
        onRefusal: options.onRefusal,
        turnAway,
      });
    } else if (problem !== undefined) turnAway(exchange, 431, problem);
    else if (route === "none") turnAway(exchange, 404, `nothing is at ${printable(path)}; RPCs are at /package.Service/Method`);
    else if (!isRead) turnAway(exchange, 405, `${printable(exchange.method)} is no verb of a page; GET is`, [["allow", "GET, HEAD"]]);
    else if (route === "own") serveOwn(exchange, path, { ...options, turnAway });
    else if (route === "file") {
      if (!options.staticFiles.serveFile(exchange, path)) turnAway(exchange, 404, `no file at ${printable(path)}`);
    } else servePage(exchange, path, options);
  };
}

function serveOwn(exchange: Exchange, path: string, options: DispatchOptions & { readonly turnAway: typeof plain }): void {
  if (path === "/-/healthz") plain(exchange, 200, "ok");
  else if (path === "/-/readyz") {
    if (options.isReady()) plain(exchange, 200, "ready");
    else plain(exchange, 503, "not ready");
  } else if (path === "/-/metrics" && options.metrics !== undefined) {
    options.metrics().then(
      ({ contentType, body }) => {
        exchange.answer(
          200,
          [
            ["content-type", contentType],
            ["x-content-type-options", "nosniff"],
          ],
          Buffer.from(body),
        );
      },
      () => {
        plain(exchange, 500, "metrics could not be collected");
      },
    );
  } else if (path === "/-/tunnel")
    options.turnAway(
      exchange,
      426,
      "the tunnel is a WebSocket",
      [
        ["upgrade", "websocket"],
        ["connection", "upgrade"],
      ].filter(() => exchange.http === "1.1") as [string, string][],
    );
  else options.turnAway(exchange, 404, `nothing is at ${printable(path)}`);
}

function servePage(exchange: Exchange, path: string, options: DispatchOptions): void {
  if (path !== "/" && options.staticFiles.serveFile(exchange, path)) return;
  if (options.redirectLocalhost && !exchange.encrypted && exchange.host !== undefined && hostName(exchange.host) === "localhost") {
    const port = exchange.host.slice("localhost".length).replace(/^\.?/, "");
    plain(exchange, 307, "pages are at 127.0.0.1", [["location", `http://127.0.0.1${port}${exchange.target}`]]);
    return;
  }
  options.staticFiles.servePage(exchange);
}

/** A refusal in the caller's language: JSON for programs, words for people. */
export function refuse(exchange: Exchange, refusal: Refusal): void {
  const accept = headerValue(exchange.headers, "accept") ?? "";
  if (exchange.method !== "POST" && accept.includes("text/html")) {
    plain(exchange, refusal.status, refusal.message);
    return;
  }
  const body = Buffer.from(JSON.stringify({ code: refusal.code, message: refusal.message }));
  exchange.answer(
    refusal.status,
    [
      ["content-type", "application/json"],
      ["x-content-type-options", "nosniff"],
    ],
    body,
  );
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 200);
}
