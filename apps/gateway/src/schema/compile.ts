import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { file_buf_validate_validate } from "@rpcdeck/protocol/buf/validate/validate_pb.ts";
import { findProtoc, type Protoc } from "./find-protoc.ts";
import { importNames, type ProtoSource } from "./import-names.ts";
import { fileProblem, type SchemaProblem } from "./schema-problem.ts";

/** Limits of one compilation. */
export interface CompileLimits {
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  /** All files together, in bytes. */
  readonly maxBytes: number;
  /** The compiler is killed after this time, in milliseconds. */
  readonly timeoutMs: number;
}

/** Limits of what a page may upload. */
export const uploadLimits: CompileLimits = { maxFiles: 1_024, maxFileBytes: 1024 * 1024, maxBytes: 8 * 1024 * 1024, timeoutMs: 5_000 };
/** Limits of folders named on the command line, which are the user's own. */
export const folderLimits: CompileLimits = {
  maxFiles: 10_000,
  maxFileBytes: 4 * 1024 * 1024,
  maxBytes: 64 * 1024 * 1024,
  timeoutMs: 30_000,
};

/** Most problems that are reported. */
const maxProblems = 200;
/** Most output of the compiler that is read, in bytes. */
const maxOutputBytes = 256 * 1024;

/** Files of the sources and of everything they import, or what is wrong with them. */
export type Compiled =
  | { readonly kind: "compiled"; readonly files: readonly FileDescriptorProto[] }
  | { readonly kind: "problems"; readonly problems: readonly SchemaProblem[] };

/**
 * Compiles .proto sources with the bundled protoc, in a directory of its own that is gone afterwards. Imports resolve only among the sources
 * google/protobuf and buf/validate. Comments are kept. Never rejects for what is in the sources.
 */
export async function compileProtos(sources: readonly ProtoSource[], limits: CompileLimits): Promise<Compiled> {
  const refused = checkSources(sources, limits);
  if (refused.length > 0) return { kind: "problems", problems: refused };
  const compiler = findProtoc();
  if (compiler === undefined) {
    return problems(fileProblem("", `there is no protoc for ${process.platform} ${process.arch}; give a descriptor set instead`));
  }
  const names = importNames(sources);
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), "rpcdeck-protoc-"));
  try {
    const root = path.join(directory, "sources");
    for (const source of sources) {
      const file = path.join(root, names.get(source.path) ?? source.path);
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, source.content);
    }
    const output = path.join(directory, "output.binpb");
    const list = path.join(directory, "arguments");
    const wanted = sources.filter((source) => source.isSpare !== true).map((source) => names.get(source.path) ?? source.path);
    await fs.writeFile(list, wanted.join("\n"));
    // Files that schemas import as a matter of course. Files of the same name among the sources win.
    const usual = path.join(directory, "usual.binpb");
    await fs.writeFile(
      usual,
      toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [file_buf_validate_validate.proto] })),
    );
    const run = await runProtoc(
      compiler,
      root,
      [`--descriptor_set_in=${usual}`, `--descriptor_set_out=${output}`, `@${list}`],
      limits.timeoutMs,
    );
    if (run.kind === "problems") return { kind: "problems", problems: withGivenPaths(run.problems, names) };
    return { kind: "compiled", files: fromBinary(FileDescriptorSetSchema, await fs.readFile(output)).file };
  } finally {
    await fs.rm(directory, { recursive: true, force: true });
  }
}

function problems(...list: SchemaProblem[]): { readonly kind: "problems"; readonly problems: readonly SchemaProblem[] } {
  return { kind: "problems", problems: list };
}

function checkSources(sources: readonly ProtoSource[], limits: CompileLimits): SchemaProblem[] {
  if (sources.length === 0) return [fileProblem("", "there are no .proto files")];
  if (sources.length > limits.maxFiles) return [fileProblem("", `${sources.length} files are more than the limit of ${limits.maxFiles}`)];
  const found: SchemaProblem[] = [];
  const seen = new Set<string>();
  let size = 0;
  for (const { path: name, content } of sources) {
    size += content.length;
    if (seen.has(name)) found.push(fileProblem(name, "is given twice"));
    seen.add(name);
    if (!isPlainPath(name)) found.push(fileProblem(name, "is not a plain relative path with forward slashes"));
    if (content.length > limits.maxFileBytes) {
      found.push(fileProblem(name, `${content.length} bytes are more than the limit of ${limits.maxFileBytes}`));
    }
  }
  if (size > limits.maxBytes) found.push(fileProblem("", `${size} bytes in all are more than the limit of ${limits.maxBytes}`));
  return found;
}

/** A path that stays below its root and that no program takes for an option. */
function isPlainPath(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (name.length > 512 || /[\\:\u0000-\u001f]/u.test(name) || /^[-@]/u.test(name)) return false;
  return name.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..");
}

type Run = { readonly kind: "done" } | { readonly kind: "problems"; readonly problems: readonly SchemaProblem[] };

function runProtoc(compiler: Protoc, root: string, files: readonly string[], timeoutMs: number): Promise<Run> {
  const flags = ["-I", ".", "-I", compiler.include, "--include_imports", "--include_source_info", ...files];
  return new Promise((resolve) => {
    execFile(
      compiler.executable,
      flags,
      { cwd: root, env: {}, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: maxOutputBytes },
      (error, _stdout, stderr) => {
        if (error === null) return resolve({ kind: "done" });
        if (error.killed === true) return resolve(problems(fileProblem("", `protoc was stopped: no result within ${timeoutMs} ms`)));
        const found = parseProtocOutput(stderr);
        resolve(problems(...(found.length === 0 ? [fileProblem("", `protoc failed: ${stderr.trim() || error.message}`)] : found)));
      },
    );
  });
}

/** Problems in what protoc prints; warnings are left out. */
export function parseProtocOutput(text: string): SchemaProblem[] {
  const found: SchemaProblem[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "" || /(?:: |^)warning:/u.test(line)) continue;
    const placed = /^(.+?):(\d+):(\d+): (.*)$/u.exec(line);
    const whole = /^([^\s:][^:]*\.proto): (.*)$/u.exec(line);
    if (placed !== null) {
      found.push({ path: placed[1] ?? "", line: Number(placed[2]), column: Number(placed[3]), message: placed[4] ?? "" });
    } else found.push(whole === null ? fileProblem("", line.trim()) : fileProblem(whole[1] ?? "", whole[2] ?? ""));
    if (found.length === maxProblems) break;
  }
  return found;
}

function withGivenPaths(found: readonly SchemaProblem[], names: ReadonlyMap<string, string>): SchemaProblem[] {
  const given = new Map([...names].map(([path, name]) => [name, path]));
  return found.map((problem) => ({ ...problem, path: given.get(problem.path) ?? problem.path }));
}
