import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { parse } from "@rpcdeck/wire";
import type { DescMessage } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { isOtherReading, ownReading, protobufEsReading } from "./other-readings.ts";
import { reasonToDiffer } from "./reader-reason.ts";
import { readerNotice } from "./reader-notice.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** Our reading and that of protobuf-es, as "values" or "refused", and the reason given. */
function readBoth(text: string, type: DescMessage = PersonSchema) {
  const index = parse(bytesOf(text), type);
  const own = ownReading(index, type, undefined);
  const es = protobufEsReading(index.bytes, type, undefined);
  return { kinds: [own.kind, es.kind], differs: isOtherReading(own, es), reason: reasonToDiffer("protobuf-es", index), es };
}

test.each([
  ["a known field of another wire type", "1201 61", ["values", "refused"], /another wire type/],
  ["a message that ends inside its last field", "22 02 0a05 68656c6c6f", ["refused", "values"], /to the message's length/],
  ["a packed run that ends inside an element", "42 01 80 01", ["refused", "values"], /to the run's length/],
  ["a length of 2^32 + 2", "0a 8280808010 6869", ["refused", "values"], /length above the 32nd/],
  ["an unknown varint of twelve bytes", "9806 8080808080808080808080 01", ["refused", "values"], /varints of any length/],
])("protobuf-es parts from us on %s, and the reason is known", (_, text, kinds, reason) => {
  const type = text.startsWith("42") ? KitchenSinkProto2Schema : PersonSchema;
  const found = readBoth(text, type);
  expect(found).toMatchObject({ kinds, differs: true });
  expect(found.reason).toMatch(reason);
  expect(readerNotice(parse(bytesOf(text), type), undefined)).toMatch(reason);
});

test("protobuf-es and we agree on overlong varints and lengths, duplicates and order", () => {
  expect(readBoth("108700 0a0161 0a8280808080006162 9a0600 3002")).toMatchObject({ kinds: ["values", "values"], differs: false });
  expect(readerNotice(parse(bytesOf("0a0161"), PersonSchema), undefined)).toBeUndefined();
});

test("text that is not UTF-8 and not verified is another text to protobuf-es", () => {
  const { differs, es } = readBoth("0a0180", KitchenSinkProto2Schema);
  expect(differs).toBe(true);
  expect(es).toMatchObject({ kind: "values", lines: [{ text: String.raw`"\357\277\275"` }] });
});
