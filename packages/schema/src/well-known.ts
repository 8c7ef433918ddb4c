import type { DescMessage } from "@bufbuild/protobuf";

/** The types of google/protobuf/wrappers.proto: one scalar that may be absent. */
export function isWrapper(desc: DescMessage): boolean {
  return wrappers.has(desc.typeName);
}

const wrappers: ReadonlySet<string> = new Set(
  ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].map((name) => `google.protobuf.${name}Value`),
);
