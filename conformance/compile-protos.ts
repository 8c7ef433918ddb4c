import { readFileSync } from "node:fs";
import { createFileRegistry, fromBinary, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { run } from "../scripts/steps.ts";
import { protocBinary } from "./protoc-binary.ts";

/** Compiles .proto files of `folder` with the npm package protoc into a FileDescriptorSet at `output`; throws what protoc says. */
export async function compileProtos(folder: string, files: readonly string[], output: string): Promise<void> {
  const protoc = protocBinary();
  const args = ["-I", folder, "-I", protoc.include, "--include_imports", "-o", output, ...files];
  const ran = await run(protoc.path, args, { quiet: true });
  if (ran.code !== 0) throw new Error(`protoc: ${ran.output}`);
}

/** The types of a FileDescriptorSet that `compileProtos` wrote. */
export function readRegistry(path: string): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));
}
