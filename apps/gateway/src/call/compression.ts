import type { Decompress, KnownEncoding } from "@rpcdeck/frames";
import { isKnownEncoding } from "@rpcdeck/frames";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { GatewayError } from "../errors/gateway-error.ts";
import { unsnappy } from "./snappy.ts";

/** Brotli quality of messages we compress ourselves; Node's default of 11 costs a hundred times more for a few percent. */
const brotliQuality = 4;

type Options = { readonly maxOutputLength: number };

const decompressors: Readonly<Record<KnownEncoding, (bytes: Uint8Array, options: Options) => Promise<Buffer>>> = {
  gzip: promisify<Uint8Array, Options, Buffer>(zlib.gunzip),
  deflate: promisify<Uint8Array, Options, Buffer>(zlib.inflate),
  br: promisify<Uint8Array, Options, Buffer>(zlib.brotliDecompress),
  zstd: promisify<Uint8Array, Options, Buffer>(zlib.zstdDecompress),
};

const brotli = promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliCompress);
const compressors: Readonly<Record<KnownEncoding, (bytes: Uint8Array) => Promise<Buffer>>> = {
  gzip: promisify<Uint8Array, Buffer>(zlib.gzip),
  deflate: promisify<Uint8Array, Buffer>(zlib.deflate),
  br: (bytes) => brotli(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: brotliQuality } }),
  zstd: promisify<Uint8Array, Buffer>(zlib.zstdCompress),
};

/**
 * Undoes gzip, deflate (zlib format), br, zstd or framed snappy; "identity" and empty input are handed back. Rejects with a `GatewayError`:
 * `unsupported_encoding`, `message_too_large` past `maxBytes` of output, `request_malformed` for bytes that are not that encoding.
 */
export const decompress: Decompress = async (bytes, encoding, maxBytes) => {
  if (encoding === "identity" || encoding === "" || bytes.length === 0) return bytes;
  if (encoding === "snappy") return fromSnappy(bytes, maxBytes);
  if (!isKnownEncoding(encoding)) throw new GatewayError("unsupported_encoding", `encoding ${encoding} cannot be decompressed here`);
  try {
    return await decompressors[encoding](bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(maxBytes, cause);
    throw new GatewayError("request_malformed", `${bytes.length} bytes are not ${encoding}`, { cause });
  }
};

/** Only to be read: a Connect backend ends its streams in the encoding of the requests, whatever that is. */
function fromSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const message = unsnappy(bytes, maxBytes);
  if (message === undefined) throw new GatewayError("request_malformed", `${bytes.length} bytes are not snappy`);
  if (message instanceof RangeError) throw tooLarge(maxBytes, message);
  return message;
}

function tooLarge(maxBytes: number, cause: RangeError): GatewayError {
  return new GatewayError("message_too_large", `decompressed message is larger than the limit of ${maxBytes} bytes (--max-message)`, {
    cause,
  });
}

/** Compresses a message. Rejects only for lack of memory. */
export function compress(bytes: Uint8Array, encoding: KnownEncoding): Promise<Uint8Array> {
  return compressors[encoding](bytes);
}
