import { create, toBinary, type DescMessage } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type FileDescriptorSet,
} from "@bufbuild/protobuf/wkt";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { protocBinary } from "../conformance/protoc-binary.ts";

/** What `protoc --decode` says of one message: its text, or undefined when it refuses it. */
export type ProtocVerdict = string | undefined;

/** protoc as a judge of many messages. */
export interface ProtocJudge {
  /** Asks about one message by itself. */
  decode(type: DescMessage, bytes: Uint8Array): Promise<ProtocVerdict>;
  /**
   * Asks about messages of one type, many at a time: as the elements of one list, which protoc accepts only as a whole. Cheap where most are
   * acceptable; the unacceptable ones are found by halving.
   */
  decodeAll(type: DescMessage, messages: readonly Uint8Array[]): Promise<ProtocVerdict[]>;
  /** Processes started. */
  readonly runs: () => number;
  close(): void;
}

const batchPackage = "rpcdeck.verify";

/** A judge over the types of `set`, which it keeps in a temporary folder until it is closed. Nothing of it lives longer than a call. */
export function createProtocJudge(set: FileDescriptorSet, types: readonly DescMessage[]): ProtocJudge {
  const folder = mkdtempSync(join(tmpdir(), "rpcdeck-verify-"));
  const file = join(folder, "set.binpb");
  writeFileSync(file, toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [...set.file, batchFile(types)] })));
  const { path } = protocBinary();
  let runs = 0;

  const run = (typeName: string, input: Uint8Array): Promise<ProtocVerdict> => {
    runs++;
    return new Promise((resolve, reject) => {
      const child = spawn(path, [`--decode=${typeName}`, `--descriptor_set_in=${file}`], {
        stdio: ["pipe", "pipe", "pipe"],
        timeout: 60_000,
      });
      const output: Buffer[] = [];
      let errors = "";
      child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      child.stdin.on("error", () => {
        // It may refuse its input before it has read all of it.
      });
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(output).toString("latin1"));
        else if (errors.includes("Failed to parse input.")) resolve(undefined);
        else reject(new Error(`protoc ended with ${code}: ${errors}`));
      });
      child.stdin.end(input);
    });
  };

  const decodeAll = async (type: DescMessage, messages: readonly Uint8Array[]): Promise<ProtocVerdict[]> => {
    const [first] = messages;
    if (first === undefined) return [];
    if (messages.length === 1) return [await run(type.typeName, first)];
    const text = await run(`${batchPackage}.${batchName(type)}`, listOf(messages));
    if (text !== undefined) return elementsIn(text);
    const middle = messages.length >> 1;
    return [...(await decodeAll(type, messages.slice(0, middle))), ...(await decodeAll(type, messages.slice(middle)))];
  };

  return {
    decode: (type, bytes) => run(type.typeName, bytes),
    decodeAll,
    runs: () => runs,
    close() {
      rmSync(folder, { recursive: true });
    },
  };
}

/** A file with, for every type, a message that has a list of it. */
function batchFile(types: readonly DescMessage[]) {
  return create(FileDescriptorProtoSchema, {
    name: "rpcdeck/verify/batch.proto",
    package: batchPackage,
    syntax: "proto3",
    dependency: [...new Set(types.map(({ file }) => file.proto.name))],
    messageType: types.map((type) => ({
      name: batchName(type),
      field: [
        {
          name: "m",
          number: 1,
          label: FieldDescriptorProto_Label.REPEATED,
          type: FieldDescriptorProto_Type.MESSAGE,
          typeName: `.${type.typeName}`,
        },
      ],
    })),
  });
}

function batchName({ typeName }: DescMessage): string {
  return `Batch_${typeName.replaceAll(".", "_")}`;
}

function listOf(messages: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const message of messages) {
    const head = [0x0a];
    let rest = message.length;
    for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
    head.push(rest);
    parts.push(Uint8Array.from(head), message);
  }
  return Buffer.concat(parts);
}

/** The text of each element of the list, as if it had been printed by itself. */
function elementsIn(text: string): string[] {
  return text
    .split(/^m \{\n/mu)
    .slice(1)
    .map((element) => element.slice(0, element.lastIndexOf("}\n")).replace(/^ {2}/gmu, ""));
}
