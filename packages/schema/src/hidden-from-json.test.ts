import { createRegistry } from "@bufbuild/protobuf";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { expect, test } from "vitest";
import { decodeDocument, encodeDocument, hiddenFromJson, parseJson } from "./index.ts";

const registry = createRegistry(KitchenSinkSchema, PersonSchema);
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hiddenIn = (bytes: Uint8Array) => hiddenFromJson(decodeDocument(KitchenSinkSchema, registry, bytes).message, registry);

test("counts fields the schema does not have, wherever they stand, and bytes that cannot be read", () => {
  expect(hiddenIn(bytesOf("b83801" + "8a0106" + "0a0161" + "b83801" + "c20105" + "1203" + "b83801" + "0a05"))).toEqual({
    unknownFields: 3,
    unreadBytes: 2,
    unresolvedTypes: [],
  });
  expect(hiddenIn(new Uint8Array())).toEqual({ unknownFields: 0, unreadBytes: 0, unresolvedTypes: [] });
});

test("looks into an Any whose type is known, and names the types that are not", () => {
  const json = (type: string, rest: string) => {
    const parsed = parseJson(KitchenSinkSchema, registry, `{"any": {"@type": "${type}", ${rest}}}`);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return encodeDocument(parsed.message);
  };
  expect(hiddenIn(json("x/no.Such", '"@bytes": "CgFh"'))).toEqual({ unknownFields: 0, unreadBytes: 0, unresolvedTypes: ["x/no.Such"] });
  expect(hiddenIn(json("x/pb.Person", '"name": "a"')).unresolvedTypes).toEqual([]);
});
