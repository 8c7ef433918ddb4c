import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { typeUrlFrom } from "./type-url.ts";
import type { Detail, Outcome } from "./outcome.ts";

/** google.rpc.Status {code = 1, message = 2, details = 3 (google.protobuf.Any {type_url = 1, value = 2})}. Bare type names get the usual prefix. */
export function encodeRpcStatus(status: Pick<Outcome, "code" | "message" | "details">): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  if (status.code !== 0) writer.tag(1, WireType.Varint).int32(status.code);
  if (status.message !== "") writer.tag(2, WireType.LengthDelimited).string(status.message);
  for (const detail of status.details) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(typeUrlFrom(detail.typeUrl));
    if (detail.bytes.length > 0) writer.tag(2, WireType.LengthDelimited).bytes(detail.bytes);
    writer.join();
  }
  return writer.finish();
}

/** What the bytes of a google.rpc.Status say. Tolerant: of broken bytes what came before the break. */
export function decodeRpcStatus(bytes: Uint8Array): Pick<Outcome, "code" | "message" | "details"> {
  let code = 0;
  let message = "";
  const details: Detail[] = [];
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1 && wireType === WireType.Varint) code = reader.int32();
      else if (field === 2 && wireType === WireType.LengthDelimited) message = reader.string();
      else if (field === 3 && wireType === WireType.LengthDelimited) details.push(decodeAny(reader.bytes()));
      else reader.skip(wireType, field);
    }
  } catch {
    // a backend's broken status must not hide its grpc-status: keep what was readable
  }
  return { code, message, details };
}

function decodeAny(bytes: Uint8Array): Detail {
  let typeUrl = "";
  let value: Uint8Array = new Uint8Array();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1 && wireType === WireType.LengthDelimited) typeUrl = reader.string();
    else if (field === 2 && wireType === WireType.LengthDelimited) value = reader.bytes();
    else reader.skip(wireType, field);
  }
  return { typeUrl, bytes: value };
}
