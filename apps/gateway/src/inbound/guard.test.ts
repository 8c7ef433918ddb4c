// Who may talk to the gateway: every combination against an oracle of ten lines, and bytes that are no request at all.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createGuard } from "./guard.ts";
import { echo, startInbound } from "./test-inbound.ts";

const token = "0123456789abcdef";
const hosts = [
  undefined,
  "127.0.0.1:8080",
  "127.9.9.9",
  "localhost:1",
  "a.localhost",
  "[::1]:8080",
  "extra.test",
  "EXTRA.test.:80",
  "evil.test:8080",
  "127.0.0.1.evil.test",
  "extra.test.evil.test",
  "notextra.test",
  "10.0.0.1",
  "[fe80::1]",
  "127.0.0.1@evil.test",
  "evil.test, 127.0.0.1",
  "",
  "a b",
] as const;
const goodHosts = new Set<unknown>(hosts.slice(1, 8));
const origins = [
  undefined,
  "own",
  "https://app.test",
  "HTTPS://APP.TEST",
  "http://app.test",
  "https://app.test.evil.test",
  "https://app.test:444",
  "http://evil.test:8080",
  "null",
  "",
  "file://",
] as const;
const sites = [undefined, "same-origin", "none", "same-site", "cross-site", "no-cors", ""] as const;
const tokens = [undefined, token, token.toUpperCase(), token.slice(1), `${token} `, ""] as const;

test("agrees with an oracle on Host, Origin, Sec-Fetch-Site, method, content type and token, in 10,000 cases", () => {
  const guard = createGuard({ listenHost: "127.0.0.1", allowHosts: ["extra.test"], allowOrigins: ["https://app.test"], token });
  const outcomes = new Map<number, number>();
  const sample = fc.record({
    http: fc.constantFrom("1.1", "2"),
    encrypted: fc.boolean(),
    method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "OPTIONS", "get"),
    type: fc.constantFrom(undefined, "text/plain", "application/json", "application/grpc", "multipart/form-data"),
    host: fc.constantFrom(...hosts),
    origin: fc.constantFrom(...origins),
    site: fc.constantFrom(...sites),
    given: fc.constantFrom(...tokens),
    open: fc.boolean(),
  });
  fc.assert(
    fc.property(sample, ({ http, encrypted, method, type, host, origin, site, given, open }) => {
      const own = `${encrypted ? "https" : "http"}://${host}`;
      const said = origin === "own" ? own : origin;
      const headers = [
        ...(host === undefined ? [] : [["host", host] as const]),
        ...(type === undefined ? [] : [["content-type", type] as const]),
        ...(said === undefined ? [] : [["origin", said] as const]),
        ...(site === undefined ? [] : [["sec-fetch-site", site] as const]),
        ...(given === undefined ? [] : [["rpcdeck-token", given] as const]),
      ];
      const request = { http, encrypted, method, path: "/a.B/C", host, headers, open } as const;

      // The oracle. Neither method nor content type ever opens a door, but for the preflight, which is answered without the token.
      const isHostGood = (http === "2" && !encrypted) || goodHosts.has(host);
      const isOwn = host !== undefined && said?.toLowerCase() === own.toLowerCase();
      const isOriginGood = said === undefined || isOwn || said.toLowerCase() === "https://app.test";
      const isSiteGood = origin !== undefined || open || site === undefined || site === "same-origin" || site === "none";
      const isTokenGood = open || method === "OPTIONS" || given === token;
      const passes = isHostGood && isOriginGood && isSiteGood && isTokenGood;

      const refusal = guard.check(request);
      outcomes.set(refusal?.status ?? 200, (outcomes.get(refusal?.status ?? 200) ?? 0) + 1);
      expect(refusal === undefined, JSON.stringify([request, refusal])).toBe(passes);
      // Nobody but the page that was allowed gets to read an answer.
      const cors = new Map(guard.corsHeaders(headers)).get("access-control-allow-origin");
      expect(cors).toBe(origin?.toLowerCase() === "https://app.test" ? "https://app.test" : undefined);
    }),
    { numRuns: 10_000 },
  );
  // Each way to be refused has been taken, and passing too.
  expect([...outcomes.keys()].toSorted((a, b) => a - b)).toEqual([200, 400, 401, 403]);
});

const printable = fc.string({ unit: "grapheme-ascii", maxLength: 40 });
/** Hosts and origins that an HTTP parser lets through, and few that are any. */
const places = fc.oneof(
  fc.constantFrom(...hosts.map((host) => host ?? ""), "[::1", "::1]", "[", "%00", "null", "http://[", "http://", "127.0.0.1:99999", "1e9"),
  printable,
  fc.string({ maxLength: 300 }),
);
const targets = fc.oneof(
  fc.constantFrom(
    "/",
    "/a.B/C",
    "/-/tunnel",
    "/a.B/C?connect=v1&encoding=json&message=%",
    "/..%2f..%2f",
    "//",
    "/%ff/%",
    "*",
    "http://evil.test/a.B/C",
  ),
  fc.webPath(),
  printable.map((text) => `/${text.replaceAll(" ", "")}`),
);
const headers = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constantFrom(
        "origin",
        "sec-fetch-site",
        "rpcdeck-target",
        "rpcdeck-call",
        "rpcdeck-token",
        "content-type",
        "connect-timeout-ms",
        "connect-protocol-version",
        "accept",
        "x-a",
      ),
      places,
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom("content-type"),
      fc.constantFrom("application/json", "application/grpc-web-text", "application/connect+proto", "application/grpc"),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom(
        "connection",
        "upgrade",
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-protocol",
        "expect",
        "te",
        "content-encoding",
      ),
      fc.constantFrom("upgrade", "websocket", "13", "rpcdeck.tunnel.v1", "100-continue", "gzip", "dGhlIHNhbXBsZSBub25jZQ=="),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom("content-length", "transfer-encoding", "host"),
      fc.constantFrom("0", "-1", "5", "1e9", "chunked", "gzip, chunked", "127.0.0.1"),
    ),
  },
);
/** Requests of whose parts each is right more often than not, so that all doors are tried and not only the first. */
const malformed = fc.record({
  verb: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("GET", "POST", "POST", "OPTIONS", "HEAD") },
    fc.constantFrom("CONNECT", "PRI", "BREW", ""),
  ),
  target: targets,
  version: fc.oneof({ weight: 12, arbitrary: fc.constant("HTTP/1.1") }, fc.constantFrom("HTTP/1.0", "HTTP/2.0", "http/1.1", "")),
  host: fc.oneof({ weight: 3, arbitrary: fc.constant("127.0.0.1") }, places),
  headers: fc.array(headers, { maxLength: 5 }),
  lineEnd: fc.oneof({ weight: 20, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", "\r", "\r\n ")),
  body: fc.oneof(fc.constant(""), printable, fc.string({ unit: "binary", maxLength: 30 })),
});

test("meets 10,000 malformed requests with 4xx or nothing, and lives", { timeout: 120_000 }, async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on("uncaughtExceptionMonitor", note);
  const webRoot = await mkdtemp(join(tmpdir(), "rpcdeck-web-"));
  await writeFile(join(webRoot, "index.html"), "<title>page</title>");
  await using server = await startInbound(echo, { webRoot, limits: { headersMs: 1_000, sniffMs: 1_000, bodyIdleMs: 300 } });
  const requests = fc.sample(malformed, { numRuns: 10_000, seed: 20 }).map((parts) => {
    const fields = [["host", parts.host] as const, ...parts.headers].map(([name, value]) => `${name}: ${value}`);
    const lines = [`${parts.verb} ${parts.target} ${parts.version}`, ...fields, "", parts.body];
    return Buffer.from(lines.join(parts.lineEnd), "latin1");
  });
  const statuses = new Map<string, number>();
  let at = 0;
  const sendSome = async (): Promise<void> => {
    for (let bytes = requests[at++]; bytes !== undefined; bytes = requests[at++]) {
      const answer = await talkTo(server.port, bytes);
      const status = answer === "" ? "nothing" : (/^HTTP\/1\.1 (\d{3}) /u.exec(answer)?.[1] ?? JSON.stringify(answer.slice(0, 40)));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status.startsWith("5") && status !== "501" && status !== "505")
        throw new Error(`${status} for ${JSON.stringify(bytes.toString("latin1"))}`);
    }
  };
  await Promise.all(Array.from({ length: 50 }, sendSome));
  process.off("uncaughtExceptionMonitor", note);
  await rm(webRoot, { recursive: true });
  process.stderr.write(`malformed requests: ${[...statuses].map(([status, count]) => `${status} x${count}`).join(", ")}\n`);
  expect(uncaught).toEqual([]);
  for (const status of ["200", "400", "403", "404", "405", "415"]) expect(statuses.get(status), status).toBeGreaterThan(20);
  expect((await fetch(`${server.url}/-/healthz`)).status).toBe(200);
});

/** What is answered until the connection closes; it is half-closed after the bytes. */
function talkTo(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = net.connect(port, "127.0.0.1", () => socket.end(bytes));
    socket
      .on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")))
      .on("error", () => {})
      .once("close", () => {
        resolve(answer);
      });
  });
}
