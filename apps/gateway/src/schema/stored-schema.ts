import { create, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { buildRegistry } from "@rpcdeck/schema";
import { createHash } from "node:crypto";

/** A set of files that belong together, under the id of their content. Immutable. */
export interface StoredSchema {
  /** sha256 of the FileDescriptorSet sorted by file name, without source info, in lower-case hex (decision 12). */
  readonly id: string;
  /** Each file after what it imports, with source info where it is known. */
  readonly files: readonly FileDescriptorProto[];
  /** Where each file came from, in the order of `files`. */
  readonly provenances: readonly Provenance[];
  /** What could not be found or did not fit, one line each. */
  readonly problems: readonly string[];
  readonly registry: FileRegistry;
  /** Full names of the services its files declare, in their order. */
  readonly services: readonly string[];
  /** Size of the files as bytes, source info included. */
  readonly size: number;
}

/** A file and where it came from. */
export interface SourcedFile {
  readonly file: FileDescriptorProto;
  readonly provenance: Provenance;
}

/**
 * A schema of files in any order. Never throws: files that do not fit are left out and named in `problems`. Well-known google/protobuf
 * files that are missing are added as built in.
 */
export function createStoredSchema(sourced: readonly SourcedFile[], problems: readonly string[] = []): StoredSchema {
  const set = create(FileDescriptorSetSchema, { file: sourced.map(({ file }) => file) });
  const built = buildRegistry(set);
  const provenanceOf = new Map(sourced.toReversed().map(({ file, provenance }) => [file.name, provenance]));
  const files: FileDescriptorProto[] = [];
  const provenances: Provenance[] = [];
  const services: string[] = [];
  for (const file of built.registry.files) {
    const provenance = provenanceOf.get(file.proto.name);
    // Neither given nor well known: an empty stand-in for an import that nobody has.
    if (provenance === undefined && !file.proto.name.startsWith("google/protobuf/")) continue;
    files.push(file.proto);
    provenances.push(provenance ?? Provenance.BUILT_IN);
    services.push(...file.services.map((service) => service.typeName));
  }
  return {
    id: schemaId(files),
    files,
    provenances,
    problems: [...problems, ...built.problems],
    registry: built.registry,
    services,
    size: files.reduce((sum, file) => sum + toBinary(FileDescriptorProtoSchema, file).length, 0),
  };
}

/** The files that some services need, themselves included, in the schema's order. */
export function closureOf(schema: StoredSchema, services: Iterable<string>): FileDescriptorProto[] {
  const needed = new Set<string>();
  const visit = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const dependency of schema.registry.getFile(name)?.proto.dependency ?? []) visit(dependency);
  };
  for (const service of services) {
    const file = schema.registry.getService(service)?.file;
    if (file !== undefined) visit(file.proto.name);
  }
  return schema.files.filter((file) => needed.has(file.name));
}

/** Id of the files that one service needs: equal where two schemas differ only elsewhere. */
export function closureIdOf(schema: StoredSchema, service: string): string {
  let known = closureIds.get(schema);
  if (known === undefined) closureIds.set(schema, (known = new Map()));
  let id = known.get(service);
  if (id === undefined) known.set(service, (id = schemaId(closureOf(schema, [service]))));
  return id;
}

const closureIds = new WeakMap<StoredSchema, Map<string, string>>();

function schemaId(files: readonly FileDescriptorProto[]): string {
  const sorted = files.map(withoutSourceInfo).sort((a, b) => (a.name < b.name ? -1 : 1));
  return createHash("sha256")
    .update(toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: sorted })))
    .digest("hex");
}

function withoutSourceInfo(file: FileDescriptorProto): FileDescriptorProto {
  const bare = { ...file };
  delete bare.sourceCodeInfo;
  return bare;
}
