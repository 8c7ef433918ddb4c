import { create, createRegistry, toBinary } from "@bufbuild/protobuf";
import { file_pb_address_book, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { describe, expect, it } from "vitest";
import type { LoggedMessage } from "#data/call-state.ts";
import { parseFilter, type DirectionFilter, type MessageTypes } from "./message-filter.ts";

const types: MessageTypes = {
  codec: "proto",
  request: PersonSchema,
  response: PersonSchema,
  registry: createRegistry(file_pb_address_book),
};
const bytes = toBinary(PersonSchema, create(PersonSchema, { name: "Grüß Gott", id: 7 }));
const message: LoggedMessage = { number: 1, direction: "received", at: 0, bytes, wireSize: bytes.length };

describe("message filter", () => {
  it("reads words, sizes, fields and directions", () => {
    const check = (text: string, passes: boolean, direction: DirectionFilter = "all") => {
      expect(parseFilter(text, direction, types)?.(message) ?? true, text).toBe(passes);
    };
    check("", true);
    check("Grüß", true);
    check("grüß", false);
    check("Gott Grüß", true);
    check("Gott nobody", false);
    check("size>5", true);
    check("size>1k", false);
    check("size<1kb", true);
    check("id=7", true);
    check("id=8", false);
    check("name=Grüß", false);
    check("", true, "received");
    check("id=7", false, "sent");
  });

  it("is none when there is nothing to filter", () => {
    expect(parseFilter("  ", "all", types)).toBeUndefined();
  });
});
