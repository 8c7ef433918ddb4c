import { create, type DescFile, type DescMessage, type Registry } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/**
 * What another program needs to read messages of a type: its file, all it imports, and the files of extensions that the registry knows for
 * messages among them. Each file after what it imports.
 */
export function fileClosure(desc: DescMessage, registry: Registry | undefined): FileDescriptorSet {
  const files = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (files.has(file.name)) return;
    for (const imported of file.dependencies) add(imported);
    files.set(file.name, file);
  };
  add(desc.file);
  for (const type of registry ?? []) {
    if (type.kind === "extension" && files.has(type.extendee.file.name)) add(type.file);
  }
  return create(FileDescriptorSetSchema, { file: [...files.values()].map(({ proto }) => proto) });
}
