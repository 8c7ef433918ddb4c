import { toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { findProtoc } from "./find-protoc.ts";

/** A message to be read by protoc. */
export interface ProtocDecodeInput {
  readonly bytes: Uint8Array;
  /** Full name of its type. */
  readonly typeName: string;
  /** The file of the type and all it imports. */
  readonly files: FileDescriptorSet;
}

/** Limits of one {@link decodeWithProtoc}. */
export interface ProtocDecodeLimits {
  readonly maxBytes: number;
  readonly maxFilesBytes: number;
  /** Longest text that is read from it, in bytes. */
  readonly maxTextBytes: number;
  /** It is killed after this time, in milliseconds. */
  readonly timeoutMs: number;
}

/** Limits for callers. */
export const protocDecodeLimits: ProtocDecodeLimits = {
  maxBytes: 1024 * 1024,
  maxFilesBytes: 8 * 1024 * 1024,
  maxTextBytes: 8 * 1024 * 1024,
  timeoutMs: 5_000,
};

/** What came of it. */
export type ProtocDecoded =
  | { readonly kind: "text"; readonly text: string; readonly warnings: readonly string[] }
  /** protoc does not accept the bytes as a message of the type. */
  | { readonly kind: "refused"; readonly reason: string; readonly warnings: readonly string[] }
  /** It was not asked, or gave no answer. */
  | { readonly kind: "failed"; readonly because: "invalid" | "too-large" | "too-slow" | "unavailable"; readonly problem: string };

const parseFailure = "Failed to parse input.";

/**
 * Runs `protoc --decode` on a message, in a folder of its own that is gone afterwards. Nothing of the input becomes an argument but the type's
 * name, which must be one. Never rejects for what is in the input.
 */
export async function decodeWithProtoc(input: ProtocDecodeInput, limits: ProtocDecodeLimits): Promise<ProtocDecoded> {
  const { bytes, typeName } = input;
  if (!/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/u.test(typeName)) {
    return { kind: "failed", because: "invalid", problem: `${JSON.stringify(typeName.slice(0, 100))} is no name of a message type` };
  }
  const files = toBinary(FileDescriptorSetSchema, input.files);
  const tooLarge = checkSize("the message", bytes.length, limits.maxBytes) ?? checkSize("the schema", files.length, limits.maxFilesBytes);
  if (tooLarge !== undefined) return { kind: "failed", because: "too-large", problem: tooLarge };
  const protoc = findProtoc();
  if (protoc === undefined) {
    return { kind: "failed", because: "unavailable", problem: `there is no protoc for ${process.platform} ${process.arch}` };
  }
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "rpcdeck-decode-"));
  try {
    await fs.writeFile(path.join(folder, "files.binpb"), files);
    return await run(protoc.executable, folder, input, limits);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

function checkSize(what: string, size: number, limit: number): string | undefined {
  return size > limit ? `${what} of ${size} bytes is more than the limit of ${limit}` : undefined;
}

function run(executable: string, folder: string, input: ProtocDecodeInput, limits: ProtocDecodeLimits): Promise<ProtocDecoded> {
  return new Promise((resolve) => {
    const child = execFile(
      executable,
      [`--decode=${input.typeName}`, "--descriptor_set_in=files.binpb"],
      { cwd: folder, env: {}, timeout: limits.timeoutMs, killSignal: "SIGKILL", maxBuffer: limits.maxTextBytes, encoding: "latin1" },
      (error, stdout, stderr) => {
        resolve(outcomeOf(error, { stdout, stderr }, limits));
      },
    );
    // It may refuse its input before it has read all of it.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input.bytes);
  });
}

function outcomeOf(
  error: (Error & { code?: string | number | null; killed?: boolean }) | null,
  { stdout, stderr }: { stdout: string; stderr: string },
  limits: ProtocDecodeLimits,
): ProtocDecoded {
  const lines = stderr.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  const warnings = lines.filter((line) => line.startsWith("warning:")).map((line) => line.slice("warning:".length).trim());
  if (error === null) return { kind: "text", text: stdout, warnings };
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") {
    return { kind: "failed", because: "too-large", problem: `protoc prints more than the limit of ${limits.maxTextBytes} bytes` };
  }
  if (error.killed === true) {
    return { kind: "failed", because: "too-slow", problem: `protoc was stopped: no result within ${limits.timeoutMs} ms` };
  }
  if (lines.includes(parseFailure)) return { kind: "refused", reason: parseFailure, warnings };
  return { kind: "failed", because: "invalid", problem: lines.find((line) => !line.startsWith("warning:")) ?? error.message };
}
