// A backend written by hand on raw HTTP/2 streams, in all three protocols, so that a fault can be put between any two of its bytes.
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { HelloReplySchema } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { listen, type TestServer } from "@rpcdeck/testkit";

/** Protocol of the leg from the gateway to the backend. */
export type Leg = "grpc" | "connect" | "grpc-web";
/** Kind of the method called: Greeter/SayHello or AddressBookService/ListPeople. */
export type CallKind = "unary" | "server stream";

/** A call that reached the backend. */
export interface BackendCall {
  readonly leg: Leg;
  readonly kind: CallKind;
  readonly codec: "proto" | "json";
  /** What the caller named it, the same in every attempt. */
  readonly id: string;
  /** Counts from 1: how often this id came. */
  readonly attempt: number;
  readonly stream: ServerHttp2Stream;
  /** The connection, to be broken. */
  readonly socket: Socket;
}

/** A running one. */
export interface FaultBackend extends TestServer {
  /** How often each id was executed, that is, reached `answer` and was not turned away. */
  readonly executions: ReadonlyMap<string, number>;
}

/** What a backend does with a call; "turned away" when it sent REFUSED_STREAM, and did nothing. */
export type Answer = (call: BackendCall) => void | "turned away";

/** Messages of a good server stream. */
export const goodMessages = 20;
/** Header blocks up to this size are sent, in bytes: Node's own limit would protect the gateway. */
const maxSentHeaderBytes = 4 * 1024 * 1024;

/** Starts one on a free port. `maxStreams` is the HTTP/2 limit it announces. */
export async function startFaultBackend(answer: Answer, maxStreams = 100): Promise<FaultBackend> {
  const executions = new Map<string, number>();
  const attempts = new Map<string, number>();
  const server = http2.createServer({
    settings: { maxConcurrentStreams: maxStreams },
    maxSendHeaderBlockLength: maxSentHeaderBytes,
  });
  let last: Socket | undefined;
  const socketOf = new WeakMap<object, Socket>();
  server.prependListener("connection", (socket: Socket) => {
    last = socket; // Node's own listener comes next, and begins the session in the same turn
  });
  server.on("session", (session) => {
    if (last !== undefined) socketOf.set(session, last);
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {}); // resets are part of the game
    const id = String(headers["x-call-id"]);
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    const socket = stream.session === undefined ? undefined : socketOf.get(stream.session);
    if (socket === undefined) throw new Error("a stream without a connection");
    if (answer({ ...formOf(headers), id, attempt, stream, socket }) === "turned away") return;
    executions.set(id, (executions.get(id) ?? 0) + 1);
  });
  return { ...(await listen(server)), executions };
}

/** The right answer, whole. */
export function answerWell(call: BackendCall): void {
  answerHead(call);
  for (const message of messagesOf(call)) sendMessage(call, message);
  answerEnd(call);
}

/** Response headers. `more` are added. */
export function answerHead(call: BackendCall, more: Readonly<Record<string, string>> = {}): void {
  const type = {
    grpc: "application/grpc+proto",
    "grpc-web": "application/grpc-web+proto",
    connect: call.kind === "unary" ? `application/${call.codec}` : `application/connect+${call.codec}`,
  }[call.leg];
  call.stream.respond({ ":status": 200, "content-type": type, ...more }, { waitForTrailers: call.leg === "grpc" });
}

/** One message, enveloped where the protocol has envelopes. `flags` is the envelope's first byte. */
export function sendMessage(call: BackendCall, message: Uint8Array, flags = 0): void {
  call.stream.write(isBare(call) ? message : enveloped(flags, message));
}

/** The good end: status 0, wherever the protocol says it. */
export function answerEnd(call: BackendCall): void {
  const { stream, leg } = call;
  if (leg === "grpc") {
    stream.once("wantTrailers", () => {
      stream.sendTrailers({ "grpc-status": "0" });
    });
  } else if (leg === "grpc-web") stream.write(enveloped(0x80, Buffer.from("grpc-status: 0\r\n")));
  else if (!isBare(call)) stream.write(enveloped(0x02, Buffer.from("{}")));
  stream.end();
}

/** The messages of a good answer. */
export function messagesOf({ kind, codec }: Pick<BackendCall, "kind" | "codec">): readonly Uint8Array[] {
  return good[kind][codec];
}

/** True for unary Connect: the body is the message. */
export function isBare({ leg, kind }: Pick<BackendCall, "leg" | "kind">): boolean {
  return leg === "connect" && kind === "unary";
}

function enveloped(flags: number, message: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function formOf(headers: IncomingHttpHeaders): Pick<BackendCall, "leg" | "kind" | "codec"> {
  const type = headers["content-type"] ?? "";
  const leg: Leg = type.startsWith("application/grpc-web") ? "grpc-web" : type.startsWith("application/grpc") ? "grpc" : "connect";
  const kind = headers[":path"]?.endsWith("/SayHello") ? "unary" : "server stream";
  return { leg, kind, codec: type.endsWith("json") ? "json" : "proto" };
}

const reply = create(HelloReplySchema, { message: "hello, and welcome" });
const people = Array.from({ length: goodMessages }, (_, at) =>
  create(PersonSchema, { id: at + 1, name: `person ${at + 1}`.padEnd(100, ".") }),
);
const good: Readonly<Record<CallKind, Readonly<Record<"proto" | "json", readonly Uint8Array[]>>>> = {
  unary: { proto: [toBinary(HelloReplySchema, reply)], json: [Buffer.from(toJsonString(HelloReplySchema, reply))] },
  "server stream": {
    proto: people.map((person) => toBinary(PersonSchema, person)),
    json: people.map((person) => Buffer.from(toJsonString(PersonSchema, person))),
  },
};
