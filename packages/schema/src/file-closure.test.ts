import { createFileRegistry, createRegistry } from "@bufbuild/protobuf";
import { PhoneTypeSchema, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { file_buf_validate_validate } from "@rpcdeck/protocol/buf/validate/validate_pb.ts";
import { FieldOptionsSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { fileClosure } from "./file-closure.ts";

const namesOf = (...args: Parameters<typeof fileClosure>): string[] => fileClosure(...args).file.map(({ name }) => name);

test("has the file of a type behind all it imports, complete enough to be a registry", () => {
  const names = namesOf(PersonSchema, createRegistry(PhoneTypeSchema));
  expect(names.at(-1)).toBe("pb/address_book.proto");
  expect(names).toContain("google/protobuf/timestamp.proto");
  expect(createFileRegistry(fileClosure(PersonSchema, undefined)).getMessage("pb.Person")?.fields).toHaveLength(PersonSchema.fields.length);
});

test("has the files of extensions that the registry knows for its messages", () => {
  expect(namesOf(FieldOptionsSchema, undefined)).toEqual(["google/protobuf/descriptor.proto"]);
  expect(namesOf(FieldOptionsSchema, createRegistry(file_buf_validate_validate)).at(-1)).toBe("buf/validate/validate.proto");
});
