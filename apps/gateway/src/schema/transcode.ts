import type { Frame } from "@rpcdeck/frames";
import { decompress } from "../call/compression.ts";
import type { Transcoder } from "../call/transcoder.ts";
import { GatewayError } from "../errors/gateway-error.ts";
import type { MethodSchema } from "./schema-view.ts";
import { jsonFromProto, protoFromJson } from "./transcode-message.ts";
import type { TranscodePool } from "./transcode-pool.ts";

/** What a transcoder needs of its call. */
export interface TranscodeOptions {
  /** Codec of the caller. */
  readonly callerCodec: string;
  /** Compression of request frames that are compressed. */
  readonly callerEncoding: string;
  /** Largest message after decompression, in bytes. */
  readonly maxMessageBytes: number;
  readonly pool: TranscodePool;
}

/** Messages from this size on are turned in a process of their own, so that one large message does not stop all other calls. */
export const turnedOutsideFromBytes = 256 * 1024;

/**
 * Turns JSON of the caller into protobuf for the backend and back; undefined for other codecs, which only a backend can understand.
 * Frames are decompressed here and leave uncompressed.
 */
export function createTranscoder(schema: MethodSchema, options: TranscodeOptions): Transcoder | undefined {
  if (options.callerCodec !== "json") return undefined;
  const { method, registry } = schema;
  const { maxMessageBytes, callerEncoding, pool } = options;

  function convert(direction: "request" | "response", bytes: Uint8Array): Frame | Promise<Frame> {
    if (bytes.length > maxMessageBytes) {
      throw new GatewayError(
        "message_too_large",
        `message of ${bytes.length} bytes is larger than the limit of ${maxMessageBytes} bytes (--max-message)`,
      );
    }
    if (bytes.length >= turnedOutsideFromBytes) return pool.transcode(schema, direction, bytes).then(plain);
    return plain(direction === "request" ? protoFromJson(method.input, registry, bytes) : jsonFromProto(method.output, registry, bytes));
  }

  function turn(direction: "request" | "response", frame: Frame, encoding: string): Frame | Promise<Frame> {
    if (!frame.compressed || encoding === "identity") return convert(direction, frame.bytes);
    return decompress(frame.bytes, encoding, maxMessageBytes).then((bytes) => convert(direction, bytes));
  }

  return {
    codec: "proto",
    encoding: "identity",
    toBackend: (frame) => turn("request", frame, callerEncoding),
    toCaller: (frame, encoding) => turn("response", frame, encoding),
  };
}

function plain(bytes: Uint8Array): Frame {
  return { compressed: false, bytes };
}
