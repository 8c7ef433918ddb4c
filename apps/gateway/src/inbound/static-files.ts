import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { headerValue, parseAcceptEncoding, type Header } from "@rpcdeck/frames";
import { plain } from "./accept-rpc.ts";
import type { Exchange } from "./exchange.ts";

/** Serves the built page: only files that stood in the folder when it was read, so no path can leave it. */
export interface StaticFiles {
  /** `/-/assets/...`, or a file beside index.html such as `/favicon.svg`. False when there is no such file. */
  serveFile(exchange: Exchange, path: string): boolean;
  /** index.html with a fresh nonce. */
  servePage(exchange: Exchange): void;
  /** Hash of index.html, which names every file it needs by the hash of its content: another build, another hash. Empty without a page. */
  build(): string;
}

interface StaticFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  /** The name carries a hash of the content. */
  readonly immutable: boolean;
  readonly encoded: Map<string, Promise<Buffer>>;
}

const assetsPath = "/-/assets/";
const noncePlaceholder = "__CSP_NONCE__";
/** Stands in index.html for the hash of itself. */
const buildPlaceholder = "__PAGE_BUILD__";
const buildLength = 12;
/** Smaller files are not compressed: the headers weigh as much. */
const compressFromBytes = 1024;
const typeByExtension: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};
const securityHeaders: readonly Header[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["x-frame-options", "DENY"],
];

/** The policy of every page (decision 22). */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types rpcdeck-worker",
  ].join("; ");
}

/** Static files of `webRoot`, read once and again when index.html changes. A missing folder is told on the page. */
export function createStaticFiles(webRoot: string): StaticFiles {
  const indexPath = join(webRoot, "index.html");
  let files: ReadonlyMap<string, StaticFile> = new Map();
  let readAtMs = Number.NaN;

  function refresh(): void {
    const changedMs = modifiedMs(indexPath);
    if (Object.is(changedMs, readAtMs)) return;
    readAtMs = changedMs;
    files = Number.isNaN(changedMs) ? new Map() : readFiles(webRoot);
  }

  const buildOf = (index: StaticFile): string => createHash("sha256").update(index.bytes).digest("hex").slice(0, buildLength);

  return {
    build() {
      refresh();
      const index = files.get("index.html");
      return index === undefined ? "" : buildOf(index);
    },
    serveFile(exchange, path) {
      if (files.size === 0) refresh();
      const name = path.startsWith(assetsPath) ? path.slice(assetsPath.length) : path.slice(1);
      const file = name === "index.html" ? undefined : files.get(name);
      if (file === undefined) return false;
      send(exchange, file);
      return true;
    },
    servePage(exchange) {
      refresh();
      const index = files.get("index.html");
      if (index === undefined) {
        plain(exchange, 503, "the page is not built; run: npm run build");
        return;
      }
      const head: Header[] = [...securityHeaders, ["cache-control", "no-cache"], ["etag", index.etag]];
      if (headerValue(exchange.headers, "if-none-match") === index.etag) {
        exchange.answer(304, head); // without a policy: the one that came with the stored page has its nonce
        return;
      }
      const nonce = randomBytes(16).toString("base64url");
      const html = index.bytes.toString("utf8").replaceAll(noncePlaceholder, nonce).replaceAll(buildPlaceholder, buildOf(index));
      head.push(["content-type", index.type], ["content-security-policy", contentSecurityPolicy(nonce)]);
      exchange.answer(200, head, Buffer.from(html));
    },
  };
}

function send(exchange: Exchange, file: StaticFile): void {
  const head: Header[] = [
    ...securityHeaders,
    ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
    ["cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache"],
    ["etag", file.etag],
    ["vary", "accept-encoding"],
  ];
  if (headerValue(exchange.headers, "if-none-match") === file.etag) {
    exchange.answer(304, head);
    return;
  }
  head.push(["content-type", file.type]);
  const encoding =
    file.bytes.length < compressFromBytes || file.type.startsWith("font/") || file.type === "image/png"
      ? undefined
      : chosenEncoding(exchange);
  if (encoding === undefined) {
    exchange.answer(200, head, file.bytes);
    return;
  }
  encodedBytes(file, encoding).then(
    (bytes) => {
      exchange.answer(200, [...head, ["content-encoding", encoding]], bytes);
    },
    () => {
      exchange.answer(200, head, file.bytes); // compressing is a saving, not a duty
    },
  );
}

function chosenEncoding(exchange: Exchange): "br" | "gzip" | undefined {
  const accepted = parseAcceptEncoding(headerValue(exchange.headers, "accept-encoding") ?? "");
  if (accepted.includes("br")) return "br";
  return accepted.includes("gzip") ? "gzip" : undefined;
}

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

function encodedBytes(file: StaticFile, encoding: "br" | "gzip"): Promise<Buffer> {
  let encoded = file.encoded.get(encoding);
  if (encoded === undefined) {
    encoded =
      encoding === "br"
        ? compressBrotli(file.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
        : compressGzip(file.bytes, { level: 6 });
    file.encoded.set(encoding, encoded);
  }
  return encoded;
}

function readFiles(webRoot: string): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const entry of readdirSync(webRoot, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(webRoot, path).split(sep).join("/");
    const bytes = readFileSync(path);
    files.set(name, {
      bytes,
      type: typeByExtension[extname(name)] ?? "application/octet-stream",
      etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
      immutable: /-[\w-]{8}\.\w+$/.test(name),
      encoded: new Map(),
    });
  }
  return files;
}

function modifiedMs(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return Number.NaN; // not built: the page says so
  }
}
