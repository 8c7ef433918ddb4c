// For matrix.test.ts: the ways in that connect-es does not speak, each as an HTTP client below its gRPC-Web client; and Connect by GET.
import { on, once } from "node:events";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import type { UniversalClientFn, UniversalClientRequest } from "@connectrpc/connect/protocol";
import { createTransport as createConnect } from "@connectrpc/connect/protocol-connect";
import { createTransport as createGrpcWeb } from "@connectrpc/connect/protocol-grpc-web";
import { createNodeHttpClient } from "@connectrpc/connect-node";
import {
  createEnvelopeSplitter,
  parseGrpcTimeout,
  parseGrpcWebTrailers,
  readTunnelMessage,
  trailersFromOutcome,
  tunnelTypes,
  writeEnvelope,
  writeGrpcWebTrailers,
  writeTunnelMessage,
  type Header,
} from "@rpcdeck/frames";
import { TunnelCreditSchema, TunnelEndSchema, TunnelHeadersSchema, TunnelStartSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { WebSocket } from "ws";

/** What this file adds to the transports of connect-es. */
export type OtherInbound = "connect GET" | "grpc-web-text" | "tunnel" | "grpc-websockets";

const viaHttp1 = createNodeHttpClient({ httpVersion: "1.1" });
/** Methods without side effects. */
const mayGet = /\/arith\.v1\.Arith\/(?:Mul|Div)/u;

const clients: Readonly<Record<OtherInbound, UniversalClientFn>> = {
  "connect GET": callByGet,
  "grpc-web-text": callInText,
  tunnel: callByTunnel,
  "grpc-websockets": callByGrpcWebSocket,
};

/** For tests: a transport of connect-es over one of them, to a gateway at `baseUrl`. */
export function otherTransport(inbound: OtherInbound, baseUrl: string, useBinaryFormat: boolean): Transport {
  const createTransport = inbound === "connect GET" ? createConnect : createGrpcWeb;
  return createTransport({
    baseUrl,
    useBinaryFormat,
    useHttpGet: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: 0xffff_ffff,
    writeMaxBytes: 0xffff_ffff,
    httpClient: clients[inbound],
  });
}

/** Holds that what may go by GET does; other calls are POSTs. */
function callByGet(request: UniversalClientRequest): ReturnType<UniversalClientFn> {
  if (mayGet.test(request.url) !== (request.method === "GET")) throw new Error(`${request.method} ${request.url}`);
  return viaHttp1(request);
}

async function callInText({ url, method, header, body, signal }: UniversalClientRequest): ReturnType<UniversalClientFn> {
  const type = header.get("content-type")!.replace("grpc-web", "grpc-web-text");
  header.set("content-type", type);
  const pieces: Uint8Array[] = [];
  for await (const piece of body ?? []) pieces.push(piece);
  const text = Buffer.concat(pieces).toString("base64");
  const answer = await fetch(url, { method, headers: header, body: text, signal: signal ?? null });
  const answeredType = answer.headers.get("content-type") ?? "";
  if (answeredType !== type) throw new Error(`answered ${answer.status} ${answeredType}`);
  const answered = new Headers(answer.headers);
  answered.set("content-type", answeredType.replace("-text", ""));
  return { status: answer.status, header: answered, body: decoded(answer), trailer: new Headers() };
}

/** The bytes of base64 text that was padded piece by piece. */
async function* decoded(answer: Response): AsyncIterable<Uint8Array> {
  for (const piece of (await answer.text()).match(/[^=]+={0,2}/gu) ?? []) yield Buffer.from(piece, "base64");
}

async function callByGrpcWebSocket({ url, header, body, signal }: UniversalClientRequest): ReturnType<UniversalClientFn> {
  const { socket, messages } = await open(url, "grpc-websockets", signal);
  socket.send([...header].map(([name, value]) => `${name}: ${value}\r\n`).join(""));
  void sendAll(body, {
    piece: (bytes) => socket.send(Buffer.concat([Buffer.from([0]), bytes])),
    end: () => socket.send(Buffer.from([1])),
  });
  const first = await messages.next();
  const answered = parseGrpcWebTrailers((first.value as Buffer).subarray(5));
  return { status: 200, header: headersOf(answered), body: { [Symbol.asyncIterator]: () => messages }, trailer: new Headers() };
}

async function callByTunnel({ url, header, body, signal }: UniversalClientRequest): ReturnType<UniversalClientFn> {
  const { pathname, origin } = new URL(url);
  const { socket, messages } = await open(`${origin}/-/tunnel`, "rpcdeck.tunnel.v1", signal);
  const send = (type: number, payload: Uint8Array, flags?: number): void => socket.send(writeTunnelMessage(1, type, payload, flags));
  send(tunnelTypes.start, toBinary(TunnelStartSchema, startOf(pathname, header)));
  const splitter = createEnvelopeSplitter(0xffff_ffff, {
    onEnvelope: (flags, bytes) => send(tunnelTypes.message, bytes, flags),
    onTooLarge() {},
    onEnd: () => send(tunnelTypes.halfClose, new Uint8Array()),
  });
  void sendAll(body, { piece: (bytes) => splitter.push(bytes), end: () => splitter.end() });
  const answered = new Headers({ "content-type": header.get("content-type")! });
  const answer = bodyOf(messages, { answered, credit: (bytes) => send(tunnelTypes.credit, creditOf(bytes)) });
  const first = await answer.next(); // the headers have come by then
  async function* all(): AsyncIterable<Uint8Array> {
    if (first.done !== true) yield first.value;
    yield* answer;
    socket.close();
  }
  return { status: 200, header: answered, body: all(), trailer: new Headers() };
}

/** A body of gRPC-Web out of what a tunnel sends down. */
async function* bodyOf(
  messages: AsyncIterable<Buffer>,
  { answered, credit }: { readonly answered: Headers; readonly credit: (bytes: number) => void },
): AsyncGenerator<Uint8Array, void> {
  for await (const data of messages) {
    const { type, payload } = readTunnelMessage(data)!;
    if (type === tunnelTypes.headersDown) {
      for (const { name, value } of fromBinary(TunnelHeadersSchema, payload).headers) answered.append(name, value);
    } else if (type === tunnelTypes.messageDown) {
      credit(payload.length);
      yield writeEnvelope(payload[0]!, payload.subarray(1));
    } else if (type === tunnelTypes.endDown) {
      const { code, message, details, trailers } = fromBinary(TunnelEndSchema, payload);
      const outcome = {
        code,
        message,
        details: details.map(({ typeUrl, value }) => ({ typeUrl, bytes: value })),
        headers: [],
        trailers: trailers.map(({ name, value }): Header => [name, value]),
      };
      return yield writeGrpcWebTrailers(trailersFromOutcome(outcome));
    }
  }
}

function startOf(path: string, header: Headers) {
  const timeout = header.get("grpc-timeout");
  // A Headers object has joined what was given twice; the tunnel has entries.
  const metadata = [...header]
    .filter(([name]) => name.startsWith("x-echo-") || name.startsWith("rpcdeck-"))
    .flatMap(([name, joined]) => joined.split(", ").map((value) => ({ name, value })));
  const timeoutMs = timeout === null ? undefined : parseGrpcTimeout(timeout);
  return create(TunnelStartSchema, {
    path,
    codec: header.get("content-type")!.split("+")[1]!,
    metadata,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

function creditOf(bytes: number): Uint8Array {
  return toBinary(TunnelCreditSchema, create(TunnelCreditSchema, { bytes: BigInt(bytes) }));
}

/** An open socket and every message that comes, up to its end. Closed where `signal` is aborted. */
async function open(
  url: string,
  subprotocol: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly socket: WebSocket; readonly messages: AsyncIterableIterator<Buffer> }> {
  const socket = new WebSocket(url.replace("http", "ws"), [subprotocol]);
  const events = on(socket, "message", { close: ["close"] });
  signal?.addEventListener("abort", () => socket.terminate());
  await once(socket, "open");
  async function* messages(): AsyncGenerator<Buffer, void> {
    for await (const [data] of events) yield data as Buffer;
    signal?.throwIfAborted();
  }
  return { socket, messages: messages() };
}

async function sendAll(
  body: AsyncIterable<Uint8Array> | undefined,
  { piece, end }: { readonly piece: (bytes: Uint8Array) => void; readonly end: () => void },
): Promise<void> {
  for await (const bytes of body ?? []) piece(bytes);
  end();
}

function headersOf(list: readonly Header[]): Headers {
  const headers = new Headers();
  for (const [name, value] of list) headers.append(name, value);
  return headers;
}
