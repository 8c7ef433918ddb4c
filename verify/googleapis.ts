import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { protocBinary } from "../conformance/protoc-binary.ts";

/** All of googleapis as one FileDescriptorSet, or why it cannot be had. */
export type Googleapis = { readonly kind: "set"; readonly bytes: Uint8Array } | { readonly kind: "missing"; readonly reason: string };

const name = "google-proto-files";
const version = "5.0.3";
const integrity = "sha512-HrKG4IIPUHaU1E4+J8yETm41N39+pm9z+ZBERNcq+q8ltHRcFwTcxSviqJSuxPiZJNTWmdBhp03xcElCRlQPxA==";
const cache = join(import.meta.dirname, `../node_modules/.cache/rpcdeck-googleapis-${version}`);
const fetchTimeoutMs = 120_000;

/**
 * Compiles the .proto files of the npm package google-proto-files, which weighs 88 MB unpacked and is therefore fetched here and not with
 * `npm ci`. Kept under node_modules/.cache: the second time takes no network and no compiler.
 */
export function googleapis(): Googleapis {
  const kept = join(cache, "set.binpb");
  if (existsSync(kept)) return { kind: "set", bytes: new Uint8Array(readFileSync(kept)) };
  const work = mkdtempSync(join(tmpdir(), "rpcdeck-googleapis-"));
  try {
    const problem = unpack(work) ?? compile(work);
    if (problem !== undefined) return { kind: "missing", reason: problem };
    mkdirSync(cache, { recursive: true });
    const bytes = readFileSync(join(work, "set.binpb"));
    // Whole or not at all, also when the run is stopped in between.
    writeFileSync(`${kept}.part`, bytes);
    renameSync(`${kept}.part`, kept);
    return { kind: "set", bytes: new Uint8Array(bytes) };
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Fetches the package through npm and unpacks it to `work`/package; a string says what went wrong. */
function unpack(work: string): string | undefined {
  const npm = process.env["npm_execpath"];
  const args = ["pack", `${name}@${version}`, "--pack-destination", work, "--silent"];
  const packed = npm === undefined ? runProgram("npm", args, work) : runProgram(process.execPath, [npm, ...args], work);
  if (packed !== undefined) return `npm pack ${name}@${version}: ${packed}`;
  const file = `${name}-${version}.tgz`;
  const found = `sha512-${createHash("sha512")
    .update(readFileSync(join(work, file)))
    .digest("base64")}`;
  if (found !== integrity) return `${file} is not the expected one: ${found}`;
  return runProgram("tar", ["xzf", file], work);
}

/** Compiles what is in `work`/package to `work`/set.binpb; the compiler's own tests, and the well-known types that it brings itself, are left out. */
function compile(work: string): string | undefined {
  const { path, include } = protocBinary();
  const source = join(work, "package");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".proto") && !file.startsWith("google/protobuf/"))
    .toSorted();
  const list = join(work, "list");
  writeFileSync(list, files.join("\n"));
  return runProgram(path, ["-I", source, "-I", include, "--include_imports", "-o", join(work, "set.binpb"), `@${list}`], work);
}

/** Undefined when it ended well, else its last words. */
function runProgram(command: string, args: readonly string[], cwd: string): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: fetchTimeoutMs,
    maxBuffer: 1 << 28,
    shell: command === "npm" && process.platform === "win32",
  });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split("\n").at(-1) || `ended with ${status}`);
}
