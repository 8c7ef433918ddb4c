import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { ListPeopleRequestSchema, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";

/** How a call is written: gRPC over h2c, or one of the others over HTTP/1.1. */
export type CallForm = "grpc" | "connect-json" | "grpc-web";

/** One message and one answer, or a server stream of {@link streamedMessages}. */
export type CallKind = "unary" | "stream";

/** The same HTTP request, to be sent many times. */
export interface CallRequest {
  readonly url: string;
  readonly isHttp2: boolean;
  /** `name: value`. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** An answer whose body has fewer bytes is not the whole answer. */
  readonly minAnswerBytes: number;
}

/** Messages of one server stream. */
export const streamedMessages = 1000;
/** Names of the people that the stream lists begin so. */
const streamedPrefix = "streamed ";

const paths: Readonly<Record<CallKind, string>> = {
  unary: "/rpcdeck.demo.v1.Chat/EchoKitchenSink",
  stream: "/pb.AddressBookService/ListPeople",
};
const echo = create(KitchenSinkSchema, { stringValue: "twenty characters ok" });
const list = create(ListPeopleRequestSchema, { namePrefix: streamedPrefix });
const prefixBytes = 5;

/** The people that the stream lists. */
export const streamedPeople = Array.from({ length: streamedMessages }, (_, at) =>
  create(PersonSchema, { id: 1_000_001 + at, name: `${streamedPrefix}${at + 1}` }),
);
const streamedBytes = {
  proto: streamedPeople.reduce((sum, person) => sum + prefixBytes + toBinary(PersonSchema, person).length, 0),
  json: streamedPeople.reduce((sum, person) => sum + prefixBytes + toJsonString(PersonSchema, person).length, 0),
};

/** The message of a call in protobuf. */
export function callMessage(kind: CallKind): Uint8Array {
  return kind === "unary" ? toBinary(KitchenSinkSchema, echo) : toBinary(ListPeopleRequestSchema, list);
}

/** The message of a call in JSON. */
export function callJson(kind: CallKind): string {
  return kind === "unary" ? toJsonString(KitchenSinkSchema, echo) : toJsonString(ListPeopleRequestSchema, list);
}

/** A call of Chat/EchoKitchenSink or AddressBookService/ListPeople at `address` (`HOST:PORT`). */
export function callRequest(address: string, form: CallForm, kind: CallKind): CallRequest {
  const url = `http://${address}${paths[kind]}`;
  const least = kind === "unary" ? callMessage(kind).length : streamedBytes[form === "connect-json" ? "json" : "proto"];
  const isHttp2 = form === "grpc";
  if (form === "connect-json") {
    const json = Buffer.from(callJson(kind));
    const [type, body] = kind === "unary" ? ["application/json", json] : ["application/connect+json", enveloped(json)];
    return { url, isHttp2, headers: [`content-type: ${type}`, "connect-protocol-version: 1"], body, minAnswerBytes: least };
  }
  const headers = form === "grpc" ? ["content-type: application/grpc+proto", "te: trailers"] : ["content-type: application/grpc-web+proto"];
  return { url, isHttp2, headers, body: enveloped(callMessage(kind)), minAnswerBytes: least };
}

function enveloped(message: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
