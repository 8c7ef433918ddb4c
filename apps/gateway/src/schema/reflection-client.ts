import { fromBinary } from "@bufbuild/protobuf";
import { type DescriptorProto, type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { type Header, nameFromCode } from "@rpcdeck/frames";
import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import type { Instance } from "../catalog/instance.ts";
import {
  type AskMode,
  createReflectionAsker,
  type ReflectionAnswer,
  type ReflectionAsker,
  type ReflectionEnd,
  ReflectionEnded,
} from "./ask-reflection.ts";
import type { OpenDuplex } from "../net/duplex.ts";

/** Limits of one reflection. */
export interface ReflectionLimits {
  /** Time for everything, in milliseconds. */
  readonly timeoutMs: number;
  /** Most files taken; more are left out and named as a problem. */
  readonly maxFiles: number;
  /** Most bytes of files taken. */
  readonly maxBytes: number;
  /** Most services looked at. */
  readonly maxServices: number;
  /** Most types that are asked for extensions. */
  readonly maxExtendedTypes: number;
}

/** Limits of reflection unless told otherwise: see docs/limits.md. */
export const defaultReflectionLimits: ReflectionLimits = {
  timeoutMs: 10_000,
  maxFiles: 1_024,
  maxBytes: 8 * 1024 * 1024,
  maxServices: 2_000,
  maxExtendedTypes: 200,
};

/** What a reflection gave. */
export type Reflection =
  | {
      readonly kind: "reflected";
      readonly provenance: Provenance;
      /** In the server's order. */
      readonly services: readonly string[];
      readonly files: readonly FileDescriptorProto[];
      /** What could not be had, one line each. */
      readonly problems: readonly string[];
    }
  | {
      readonly kind: "failed";
      /** unreachable: nobody answered. unsupported: the server has no reflection. refused: it did not let us. broken: it made no sense. */
      readonly reason: "unreachable" | "unsupported" | "refused" | "broken";
      /** For unreachable: the status of what stood in the way, such as 7 where the address policy refused. */
      readonly code?: number;
      /** One line for people. */
      readonly problem: string;
    };

/** How to reflect. */
export interface ReflectOptions {
  readonly open: OpenDuplex;
  /** Sent with every stream, after the instance's own. */
  readonly metadata?: readonly Header[];
  readonly limits?: ReflectionLimits;
  readonly signal: AbortSignal;
}

/**
 * Asks a server for its services and the files behind them: v1, then v1alpha. A backend of Connect or gRPC-Web is asked over gRPC first,
 * because servers that know reflection mostly know gRPC, then in its own protocol. Never rejects.
 */
export async function reflect(instance: Instance, options: ReflectOptions): Promise<Reflection> {
  const limits = options.limits ?? defaultReflectionLimits;
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  const signal = AbortSignal.any([options.signal, deadline]);
  let last: ReflectionEnd = { code: 14, message: `${instance.address}: reflection was given up`, local: true };
  for (const way of waysTo(instance)) {
    for (const version of versions) {
      if (signal.aborted) break;
      const metadata = [...instance.metadata, ...(options.metadata ?? [])];
      const asker = createReflectionAsker(() => options.open(way.instance, version.path, metadata, { kind: "bidi" }), way.mode);
      const close = (): void => asker.close();
      signal.addEventListener("abort", close, { once: true });
      try {
        return await readAll(asker, version.provenance, limits);
      } catch (error) {
        if (!(error instanceof ReflectionEnded)) throw error;
        last = deadline.aborted ? { code: 4, message: `no answer within ${limits.timeoutMs} ms`, local: true } : error.end;
        if (last.local || !mayKnowOther(last.code)) break;
      } finally {
        signal.removeEventListener("abort", close);
        asker.close();
      }
    }
    if (!last.local && !mayKnowOther(last.code)) break;
  }
  return failed(last);
}

const versions = [
  { path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", provenance: Provenance.REFLECTION_V1 },
  { path: "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", provenance: Provenance.REFLECTION_V1ALPHA },
] as const;

function waysTo(instance: Instance): readonly { readonly instance: Instance; readonly mode: AskMode }[] {
  switch (instance.protocol) {
    case "local":
    case "grpc":
      return [{ instance, mode: "conversing" }];
    case "connect":
    case "grpc-web":
      return [
        { instance: { ...instance, protocol: "grpc" }, mode: "conversing" },
        { instance, mode: "batching" },
      ];
    case "other":
      return [];
  }
}

/** True for the codes by which servers say that they do not have this version; some say unknown, internal or not found. */
function mayKnowOther(code: number): boolean {
  return code === 12 || code === 2 || code === 13 || code === 5;
}

function failed(end: ReflectionEnd): Reflection {
  if (end.local && end.code !== 4) return { kind: "failed", reason: "unreachable", problem: end.message, code: end.code };
  switch (end.code) {
    case 12:
    case 5:
      return { kind: "failed", reason: "unsupported", problem: "the server has no reflection service (v1 and v1alpha were tried)" };
    case 7:
    case 16:
      return { kind: "failed", reason: "refused", problem: `the server refuses reflection: ${nameFromCode(end.code)}: ${end.message}` };
    case 14:
      return { kind: "failed", reason: "unreachable", problem: end.message };
    default:
      return { kind: "failed", reason: "broken", problem: `reflection failed: ${nameFromCode(end.code)}: ${end.message}` };
  }
}

async function readAll(asker: ReflectionAsker, provenance: Provenance, limits: ReflectionLimits): Promise<Reflection> {
  const list = await asker.ask({ case: "listServices", value: "*" });
  if (list.case !== "listServicesResponse") throw new ReflectionEnded(endOf(list));
  const services = [...new Set(list.value.service.map((service) => service.name))];
  const problems: string[] = [];
  const looked = services.slice(0, limits.maxServices);
  if (looked.length < services.length) problems.push(`${services.length} services, only the first ${limits.maxServices} were read`);

  const files = new Map<string, FileDescriptorProto>();
  const asked = new Set<string>();
  let size = 0;

  /** Keeps the files of an answer and asks for what they import. */
  async function take(answer: ReflectionAnswer, what: string): Promise<void> {
    if (answer.case !== "fileDescriptorResponse") {
      problems.push(`${what}: ${endOf(answer).message}`);
      return;
    }
    const missing: Promise<void>[] = [];
    const fresh: FileDescriptorProto[] = [];
    for (const bytes of answer.value.fileDescriptorProto) {
      const file = parseFile(bytes);
      if (file === undefined) problems.push(`${what}: a file of ${bytes.length} bytes is no FileDescriptorProto`);
      else if (!files.has(file.name)) {
        size += bytes.length;
        if (files.size >= limits.maxFiles || size > limits.maxBytes) {
          problems.push(`${file.name}: left out, the limit is ${limits.maxFiles} files and ${limits.maxBytes} bytes`);
          continue;
        }
        files.set(file.name, file);
        fresh.push(file);
      }
    }
    // Only now: what one file imports may stand further on in the same answer.
    for (const file of fresh) {
      for (const name of file.dependency) {
        if (files.has(name) || asked.has(name) || asked.size >= limits.maxFiles) continue;
        asked.add(name);
        missing.push(readFile(name, file.name));
      }
    }
    await Promise.all(missing);
  }

  async function readFile(name: string, importer: string): Promise<void> {
    const answer = await asker.ask({ case: "fileByFilename", value: name });
    if (answer.case === "fileDescriptorResponse") await take(answer, name);
    else if (!name.startsWith("google/protobuf/")) problems.push(`${name}, imported by ${importer}: ${endOf(answer).message}`);
  }

  async function readExtensions(type: string): Promise<void> {
    const numbers = await asker.ask({ case: "allExtensionNumbersOfType", value: type });
    if (numbers.case !== "allExtensionNumbersResponse") return; // many servers do not answer this; extensions then show as unknown fields
    for (const extensionNumber of numbers.value.extensionNumber) {
      const value = { $typeName: "grpc.reflection.v1.ExtensionRequest" as const, containingType: type, extensionNumber };
      const answer = await asker.ask({ case: "fileContainingExtension", value });
      if (answer.case === "fileDescriptorResponse") await take(answer, `extension ${extensionNumber} of ${type}`);
    }
  }

  await settled(looked.map(async (name) => take(await asker.ask({ case: "fileContainingSymbol", value: name }), name)));
  const extended = [...files.values()].flatMap(extendedTypesOf).slice(0, limits.maxExtendedTypes);
  await settled(extended.map(readExtensions)).catch((error: unknown) => {
    if (!(error instanceof ReflectionEnded)) throw error;
    problems.push(`extensions could not be read: ${error.message}`);
  });
  return { kind: "reflected", provenance, services, files: [...files.values()], problems };
}

/** Like Promise.all, but waits for all before it rejects, so that no rejection is left unheard. */
async function settled(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** Messages that can be extended; options of descriptors are left alone. */
function extendedTypesOf(file: FileDescriptorProto): string[] {
  if (file.name.startsWith("google/protobuf/")) return [];
  const found: string[] = [];
  const visit = (message: DescriptorProto, scope: string): void => {
    const name = scope === "" ? message.name : `${scope}.${message.name}`;
    if (message.extensionRange.length > 0) found.push(name);
    for (const nested of message.nestedType) visit(nested, name);
  };
  for (const message of file.messageType) visit(message, file.package);
  return found;
}

function parseFile(bytes: Uint8Array): FileDescriptorProto | undefined {
  try {
    const file = fromBinary(FileDescriptorProtoSchema, bytes);
    return file.name === "" ? undefined : file;
  } catch {
    return undefined; // somebody else's bytes; the caller reports them
  }
}

function endOf(answer: ReflectionAnswer): ReflectionEnd {
  if (answer.case === "errorResponse") return { code: answer.value.errorCode, message: answer.value.errorMessage, local: false };
  return { code: 13, message: `the answer is ${answer.case ?? "empty"}, not what was asked`, local: false };
}
