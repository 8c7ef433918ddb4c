import { toBinary, type DescFile, type Registry } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Written before the page may draw again, in milliseconds. */
const sliceMs = 8;

const written = new WeakMap<Registry | DescFile, Promise<readonly Uint8Array[]>>();

/** Every file of a registry, or a file and what it imports, as bytes for a worker to build it again. Written in slices, once a schema. */
export function schemaFiles(schema: Registry | DescFile | undefined): Promise<readonly Uint8Array[]> {
  if (schema === undefined) return Promise.resolve([]);
  const known = written.get(schema);
  if (known !== undefined) return known;
  const files = write(schema);
  written.set(schema, files);
  return files;
}

async function write(schema: Registry | DescFile): Promise<readonly Uint8Array[]> {
  const seen = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    if (seen.has(file)) return;
    for (const dependency of file.dependencies) visit(dependency);
    seen.add(file);
  };
  if (schema.kind === "file") visit(schema);
  else for (const type of schema) visit(type.file);
  const files: Uint8Array[] = [];
  let until = 0; // not in the task that asks, which has just drawn something
  for (const file of seen) {
    if (performance.now() > until) {
      await new Promise((resolve) => setTimeout(resolve));
      until = performance.now() + sliceMs;
    }
    files.push(toBinary(FileDescriptorProtoSchema, file.proto));
  }
  return files;
}
