import { create, createRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_pb_address_book } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { buildRegistry } from "@rpcdeck/schema";
import { expect, test } from "vitest";
import { schemaFiles } from "./schema-files.ts";

const built = (files: readonly Uint8Array[]) =>
  buildRegistry(create(FileDescriptorSetSchema, { file: files.map((file) => fromBinary(FileDescriptorProtoSchema, file)) }));

test("writes a registry so that the same one can be built of it", async () => {
  const registry = createRegistry(file_pb_address_book, file_rpcdeck_demo_v1_kitchen_sink);
  const { registry: again, problems } = built(await schemaFiles(registry));
  expect(problems).toEqual([]);
  for (const type of registry) expect(again.get(type.typeName)?.kind).toBe(type.kind);
});

test("writes one file with all that it imports, and once", async () => {
  const files = await schemaFiles(KitchenSinkSchema.file);
  expect(await schemaFiles(KitchenSinkSchema.file)).toBe(files);
  expect(built(files).registry.getMessage("rpcdeck.demo.v1.KitchenSink")?.fields.length).toBe(KitchenSinkSchema.fields.length);
  expect(await schemaFiles(undefined)).toEqual([]);
});
