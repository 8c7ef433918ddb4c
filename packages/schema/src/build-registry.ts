import { create, createFileRegistry, type DescFile, type FileRegistry } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";

/** A registry made of everything that could be understood, and one line for everything that could not. */
export interface BuiltRegistry {
  readonly registry: FileRegistry;
  readonly problems: readonly string[];
}

/** The well-known files, which many servers leave out of their descriptors. */
const wellKnownFiles: ReadonlyMap<string, DescFile> = new Map(
  [
    file_google_protobuf_any,
    file_google_protobuf_api,
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_source_context,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_type,
    file_google_protobuf_wrappers,
  ].map((file) => [file.proto.name, file]),
);

/**
 * Builds a registry from descriptors of any origin, in any order. Never throws: a missing import is replaced by the well-known file of that
 * name or by an empty one, a second file of the same name and a file that does not fit are left out, and each such thing is a problem.
 */
export function buildRegistry(set: FileDescriptorSet): BuiltRegistry {
  const problems: string[] = [];
  const ordered = inImportOrder(set, problems);
  try {
    return { registry: createFileRegistry(create(FileDescriptorSetSchema, { file: ordered })), problems };
  } catch {
    // Some file does not fit: add one after the other and leave out those that fail.
  }
  let accepted: FileDescriptorProto[] = [];
  let registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [] }));
  for (const file of ordered) {
    const known = registry;
    try {
      const next = createFileRegistry(file, (name) => known.getFile(name) ?? create(FileDescriptorProtoSchema, { name }));
      registry = createFileRegistry(known, next);
      accepted = [...accepted, file];
    } catch (error) {
      problems.push(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { registry, problems };
}

/** Each file after what it imports; cycles are cut where they close. */
function inImportOrder(set: FileDescriptorSet, problems: string[]): FileDescriptorProto[] {
  const byName = new Map<string, FileDescriptorProto>();
  for (const file of set.file) {
    if (byName.has(file.name)) problems.push(`${file.name}: given twice, the first is used`);
    else byName.set(file.name, file);
  }
  const done = new Map<string, "open" | "done">();
  const ordered: FileDescriptorProto[] = [];
  const visit = (name: string, importer: string) => {
    if (done.has(name)) {
      if (done.get(name) === "open") problems.push(`${importer}: imports ${name} in a circle`);
      return;
    }
    done.set(name, "open");
    const file = byName.get(name) ?? wellKnownFiles.get(name)?.proto;
    if (file === undefined) {
      problems.push(`${name}: not found, imported by ${importer}`);
      ordered.push(create(FileDescriptorProtoSchema, { name, syntax: "proto3" }));
    } else {
      for (const dependency of file.dependency) visit(dependency, name);
      ordered.push(file);
    }
    done.set(name, "done");
  };
  for (const name of byName.keys()) visit(name, "");
  return ordered;
}
