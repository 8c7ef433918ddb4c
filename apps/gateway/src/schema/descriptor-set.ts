import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { gunzipSync } from "node:zlib";

/** Largest descriptor set after decompression, in bytes. */
const maxSetBytes = 64 * 1024 * 1024;

/** Files of a descriptor set, or why it is none in one line. */
export type ParsedDescriptorSet =
  | { readonly kind: "set"; readonly set: FileDescriptorSet }
  | { readonly kind: "problem"; readonly problem: string };

/** Reads a FileDescriptorSet or a buf image: binary or JSON, plain or gzip. A buf image is a descriptor set with more fields. Never throws. */
export function parseDescriptorSet(content: Uint8Array): ParsedDescriptorSet {
  try {
    const bytes = content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content, { maxOutputLength: maxSetBytes }) : content;
    const isJson = bytes[0] === 0x7b;
    const set = isJson
      ? fromJsonString(FileDescriptorSetSchema, new TextDecoder().decode(bytes), { ignoreUnknownFields: true })
      : fromBinary(FileDescriptorSetSchema, bytes);
    if (set.file.length === 0) return { kind: "problem", problem: "holds no files: it is neither a FileDescriptorSet nor a buf image" };
    if (set.file.some((file) => file.name === "")) return { kind: "problem", problem: "is neither a FileDescriptorSet nor a buf image" };
    return { kind: "set", set };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "problem", problem: `is neither a FileDescriptorSet nor a buf image: ${why}` };
  }
}
