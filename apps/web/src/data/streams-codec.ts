/** Compresses bytes with gzip. */
export function gzip(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new CompressionStream("gzip"), Number.POSITIVE_INFINITY);
}

/**
 * Undoes gzip or deflate, the ones a browser knows. Rejects for another encoding, broken bytes, and output of more than `maxBytes`.
 */
export function decompress(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding !== "gzip" && encoding !== "deflate")
    return Promise.reject(new Error(`compression "${encoding}" is not one this browser can undo`));
  return through(bytes, new DecompressionStream(encoding), maxBytes);
}

/** Reads a stream of bytes into one array; rejects when there are more than `maxBytes`. */
export async function readAll(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new RangeError(`more than ${maxBytes} bytes`);
    }
  }
  return concat(chunks, length);
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

async function through(
  bytes: Uint8Array,
  transform: { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<BufferSource> },
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = transform.writable.getWriter();
  // A fault of the bytes comes out of the readable side; the writer's share of it says nothing new.
  const written = writer
    .write(new Uint8Array(bytes))
    .then(() => writer.close())
    .catch(() => undefined);
  const all = await readAll(transform.readable, maxBytes);
  await written;
  return all;
}
