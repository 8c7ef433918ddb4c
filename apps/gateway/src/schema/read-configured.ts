import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import fs from "node:fs/promises";
import path from "node:path";
import { compileProtos, folderLimits } from "./compile.ts";
import { parseDescriptorSet } from "./descriptor-set.ts";
import type { ProtoSource } from "./import-names.ts";
import { fileProblem, type SchemaProblem } from "./schema-problem.ts";
import { createStoredSchema, type StoredSchema } from "./stored-schema.ts";

/** Schemas from the command line, and what is wrong with the rest. */
export interface ConfiguredSchemas {
  readonly schemas: readonly StoredSchema[];
  readonly problems: readonly SchemaProblem[];
}

/** Reads `--proto` paths (a .proto file or a folder each) and `--descriptor-set` files. Never rejects: what cannot be read is a problem. */
export async function readConfiguredSchemas(protoPaths: readonly string[], setFiles: readonly string[]): Promise<ConfiguredSchemas> {
  const schemas: StoredSchema[] = [];
  const problems: SchemaProblem[] = [];
  for (const protoPath of protoPaths) {
    try {
      const sources = await readSources(protoPath);
      const compiled = await compileProtos(sources, folderLimits);
      if (compiled.kind === "problems")
        problems.push(...compiled.problems.map((problem) => ({ ...problem, path: path.join(protoPath, problem.path) })));
      else schemas.push(createStoredSchema(compiled.files.map((file) => ({ file, provenance: Provenance.PROTO_PATH }))));
    } catch (error) {
      problems.push(fileProblem(protoPath, readProblem(error)));
    }
  }
  for (const setFile of setFiles) {
    try {
      const parsed = parseDescriptorSet(await fs.readFile(setFile));
      if (parsed.kind === "problem") problems.push(fileProblem(setFile, parsed.problem));
      else schemas.push(createStoredSchema(parsed.set.file.map((file) => ({ file, provenance: Provenance.DESCRIPTOR_SET }))));
    } catch (error) {
      problems.push(fileProblem(setFile, readProblem(error)));
    }
  }
  return { schemas, problems };
}

/** All .proto files of a folder, named relative to it; of a file, itself and those beside and below it that it may import. */
async function readSources(protoPath: string): Promise<ProtoSource[]> {
  const isFolder = (await fs.stat(protoPath)).isDirectory();
  if (!isFolder) return [{ path: path.basename(protoPath), content: await fs.readFile(protoPath) }, ...(await siblings(protoPath))];
  return readFolder(protoPath);
}

async function siblings(protoPath: string): Promise<ProtoSource[]> {
  const content = new TextDecoder().decode(await fs.readFile(protoPath));
  // A file without imports of its own needs nothing beside it, which may be a large folder.
  if (!/^\s*import\s/mu.test(content)) return [];
  const own = path.basename(protoPath);
  return (await readFolder(path.dirname(protoPath)))
    .filter((source) => source.path !== own)
    .map((source) => ({ ...source, isSpare: true }));
}

async function readFolder(folder: string): Promise<ProtoSource[]> {
  const sources: ProtoSource[] = [];
  const visit = async (relative: string): Promise<void> => {
    const entries = await fs.readdir(path.join(folder, relative), { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) await visit(name);
      else if (entry.name.endsWith(".proto")) sources.push({ path: name, content: await fs.readFile(path.join(folder, name)) });
      if (sources.length > folderLimits.maxFiles) throw new Error(`more than ${folderLimits.maxFiles} .proto files`);
    }
  };
  await visit("");
  return sources;
}

function readProblem(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "there is no such file or folder";
  return error instanceof Error ? error.message : String(error);
}
