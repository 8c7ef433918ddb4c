/** Decompressed messages are cut off here, so that a small body cannot fill the page. */
const maxInflatedBytes = 256 * 1024 * 1024;

/** Undoes gzip or deflate with the browser's own means. Rejects with a line for the page: other encodings, broken or too large data. */
export async function inflate(bytes: Uint8Array, encoding: string): Promise<Uint8Array> {
  const name = encoding.toLowerCase();
  if (name !== "gzip" && name !== "deflate") throw new Error(`The browser cannot undo ${encoding}`);
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream(name));
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > maxInflatedBytes) throw new Error("more than 256 MiB come out of it");
      chunks.push(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined); // the stream has failed already
    throw new Error(`Not readable as ${encoding}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
