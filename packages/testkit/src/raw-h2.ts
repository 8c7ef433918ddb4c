import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream, type Settings } from "node:http2";
import { listen, type TestServer } from "./listen.ts";

/** A server whose every stream is answered by hand, to be as nasty as a test needs. */
export interface RawH2Server extends TestServer {
  /** Streams opened so far. */
  readonly streams: () => number;
  /** Sessions opened so far, closed ones included. */
  readonly sessions: readonly ServerHttp2Session[];
}

/** Starts a plaintext HTTP/2 server that hands each stream to `onStream`. */
export async function startRawH2(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, session: ServerHttp2Session) => void,
  settings: Settings = {},
): Promise<RawH2Server> {
  const server = http2.createServer({ settings });
  const sessions: ServerHttp2Session[] = [];
  let streams = 0;
  server.on("session", (session) => sessions.push(session));
  server.on("stream", (stream, headers) => {
    streams++;
    stream.on("error", () => {}); // resets are part of the game
    onStream(stream, headers, stream.session as ServerHttp2Session);
  });
  return { ...(await listen(server)), sessions, streams: () => streams };
}

/** Answers a gRPC call with messages (given without prefix) and a status in trailers. */
export function answerGrpc(stream: ServerHttp2Stream, messages: readonly Uint8Array[], status = "0"): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => {
    stream.sendTrailers({ "grpc-status": status });
  });
  for (const message of messages) stream.write(grpcEnvelope(message));
  stream.end();
}

/** A message with its gRPC prefix, not compressed. */
export function grpcEnvelope(message: Uint8Array): Uint8Array {
  const envelope = new Uint8Array(5 + message.length);
  new DataView(envelope.buffer).setUint32(1, message.length);
  envelope.set(message, 5);
  return envelope;
}
