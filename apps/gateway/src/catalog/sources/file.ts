import { watch as watchFolder } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../clock.ts";
import type { Instance } from "../instance.ts";
import type { CatalogSource, SourceSnapshot, SourceStatus } from "../source.ts";
import { staticInstance } from "./static.ts";

/** Quiet time after a change before the file is read, in milliseconds: editors write in several steps. */
const settleMs = 50;
/** Time between two attempts while the file cannot be read, in milliseconds. */
const retryMs = 1_000;
/** Largest file that is read, in bytes. */
const maxFileBytes = 4 * 1024 * 1024;

/** What a file source needs. */
export interface FileSourceOptions {
  readonly name: string;
  /** A JSON list of `{"url": "grpc://host:port", "service"?: "pb.Greeter" | "pb.*" | "*", "label"?, "version"?, "metadata"?: {name: value}}`. */
  readonly path: string;
  /** PEM of the authority to trust for TLS instead of the system's. */
  readonly ca?: string | undefined;
  readonly clock?: Clock;
}

/** Instances listed in a JSON file (`--registry file:PATH`), read again whenever it changes. While it is broken the last good list stays. */
export function createFileSource({ name, path, ca, clock = systemClock }: FileSourceOptions): CatalogSource {
  const file = resolve(path);

  function watch(signal: AbortSignal, onSnapshot: (snapshot: SourceSnapshot) => void, onStatus: (status: SourceStatus) => void): void {
    let cancel = () => {};
    let last: string | undefined;
    let reads = 0;
    const readAgain = (delayMs: number) => {
      cancel();
      cancel = clock.after(delayMs, () => void read());
    };
    const read = async (): Promise<void> => {
      const turn = ++reads;
      let problem: string | undefined;
      try {
        const text = await readFile(file, { encoding: "utf8", signal });
        if (signal.aborted || turn !== reads) {
          return;
        }
        const parsed = parseInstanceList(text, name, ca);
        if (parsed.kind === "problem") {
          problem = parsed.problem;
        } else if (text !== last) {
          last = text;
          onSnapshot({ instances: parsed.instances, revision: 0n, removals: new Map(), unread: 0 });
        }
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      if (!signal.aborted) {
        onStatus(problem === undefined ? { kind: "ok" } : { kind: "stale", problem, nextTryInMs: retryMs });
        if (problem !== undefined) {
          readAgain(retryMs);
        }
      }
    };
    try {
      // The folder, not the file: editors replace files rather than write into them.
      const watcher = watchFolder(dirname(file), { signal, persistent: false }, (_event, changed) => {
        if (changed === null || changed === basename(file)) {
          readAgain(settleMs);
        }
      });
      watcher.on("error", () => readAgain(retryMs));
    } catch (error) {
      onStatus({ kind: "stale", problem: error instanceof Error ? error.message : String(error), nextTryInMs: retryMs });
    }
    signal.addEventListener("abort", () => cancel(), { once: true });
    onStatus({ kind: "connecting" });
    void read();
  }

  return { name, kind: "file", addresses: [file], watch };
}

/** Reads the list of a file source; the first thing wrong in one line that names its place. */
export function parseInstanceList(
  text: string,
  source: string,
  ca?: string,
): { readonly kind: "list"; readonly instances: readonly Instance[] } | { readonly kind: "problem"; readonly problem: string } {
  if (text.length > maxFileBytes) {
    return { kind: "problem", problem: `${text.length} bytes are more than the limit of ${maxFileBytes}` };
  }
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    return { kind: "problem", problem: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!Array.isArray(list)) {
    return { kind: "problem", problem: "not a JSON list" };
  }
  const instances = new Map<string, Instance>();
  for (const [index, entry] of list.entries()) {
    const found = entryInstance(entry, source, ca);
    if ("problem" in found) {
      return { kind: "problem", problem: `entry ${index + 1}: ${found.problem}` };
    }
    instances.set(found.id, found);
  }
  return { kind: "list", instances: [...instances.values()] };
}

function entryInstance(entry: unknown, source: string, ca: string | undefined): Instance | { readonly problem: string } {
  const field = (name: string): unknown => (typeof entry === "object" && entry !== null ? Reflect.get(entry, name) : undefined);
  const url = field("url");
  if (typeof url !== "string") {
    return { problem: '"url" is missing' };
  }
  const texts: Record<string, string | undefined> = {};
  for (const name of ["service", "label", "version"]) {
    const value = field(name);
    if (value !== undefined && typeof value !== "string") {
      return { problem: `"${name}" is not a text` };
    }
    texts[name] = value;
  }
  const { service, label, version } = texts;
  const metadata = field("metadata") ?? {};
  if (typeof metadata !== "object" || metadata === null || Object.values(metadata).some((value) => typeof value !== "string")) {
    return { problem: '"metadata" is not an object of texts' };
  }
  const instance = staticInstance({
    url,
    pattern: service,
    ...(ca === undefined ? {} : { ca }),
    metadata: Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), String(value)] as const),
  });
  if ("problem" in instance) {
    return instance;
  }
  return {
    ...instance,
    id: `${source}/${service === undefined ? url : `${service}=${url}`}`,
    source,
    label: label ?? instance.label,
    version: version ?? "",
  };
}
