import { expect, it } from "vitest";
import { adoptSchema } from "./adopt-schema.ts";
import { drafts } from "./drafts.ts";

it("moves drafts of one target from its old schema to its new one, and keeps what was typed", () => {
  const open = (target: string | undefined, schemaId: string | undefined) =>
    drafts.create({ service: "a.B", method: "C", target, schemaId, message: new Uint8Array([8, 7]) }).id;
  const [moved, own, other, catalog] = [
    open("grpc://x:1", "old"),
    open("grpc://x:1", "own"),
    open("grpc://y:1", "old"),
    open(undefined, undefined),
  ];
  adoptSchema("grpc://x:1", "old", "new");
  expect([moved, own, other, catalog].map((id) => drafts.get(id)?.schemaId)).toEqual(["new", "own", "old", undefined]);
  expect(drafts.get(moved)?.message).toEqual(new Uint8Array([8, 7]));
  adoptSchema("grpc://x:1", "new", "");
  expect(drafts.get(moved)?.schemaId).toBe("new");
});
