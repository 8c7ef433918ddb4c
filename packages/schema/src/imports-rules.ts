import type { Registry } from "@bufbuild/protobuf";

/** The file that holds the validation rules of protovalidate. */
const rulesFile = "buf/validate/validate.proto";

const known = new WeakMap<Registry, boolean>();

/** True when a file of the registry imports protovalidate's rules: only then is there something to check. Cached. */
export function importsRules(registry: Registry): boolean {
  let imports = known.get(registry);
  if (imports === undefined) {
    imports = false;
    for (const type of registry) if (type.file.proto.dependency.includes(rulesFile)) imports = true;
    known.set(registry, imports);
  }
  return imports;
}
