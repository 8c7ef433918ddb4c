/** What came out of a compressed message. */
export interface Inflated {
  readonly bytes: Uint8Array;
  /** Why these are its first bytes only, in a sentence; undefined when it is all. */
  readonly problem: string | undefined;
}

/** When to stop. Defaults keep a small body from filling the page. */
export interface InflateLimits {
  /** Decompressed bytes after which no more are taken. Default 256 MiB. */
  readonly maxBytes: number;
  /** The first bytes that are kept of what has more than `maxBytes`. Default 16 MiB. */
  readonly keptBytes: number;
}

const mebibyte = 1024 * 1024;
const defaultLimits: InflateLimits = { maxBytes: 256 * mebibyte, keptBytes: 16 * mebibyte };

/**
 * Undoes gzip or deflate with the browser's own means. What has too much in it, or breaks off, gives its first bytes and says so. Rejects with
 * a line for the page where nothing comes out: other encodings, and what is no compressed data at all.
 */
export async function inflate(bytes: Uint8Array, encoding: string, limits: InflateLimits = defaultLimits): Promise<Inflated> {
  const name = encoding.toLowerCase();
  if (name !== "gzip" && name !== "deflate") throw new Error(`The browser cannot undo ${encoding}`);
  const { maxBytes, keptBytes } = limits;
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream(name));
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { bytes: joined(chunks, size), problem: undefined };
      chunks.push(value);
      size += value.length;
      if (size > maxBytes) break;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (size === 0) throw new Error(`Not readable as ${encoding}: ${reason}`, { cause: error });
    return { bytes: joined(chunks, size), problem: `Broken ${encoding}: ${reason}. What came out before is shown.` };
  }
  await reader.cancel();
  const ratio = Math.floor(maxBytes / bytes.length).toLocaleString("en");
  return {
    bytes: joined(chunks, Math.min(size, keptBytes)),
    problem: `More than ${mebibytes(maxBytes)} come out of these ${bytes.length.toLocaleString("en")} B of ${encoding}, over ${ratio} times as much. The first ${mebibytes(keptBytes)} are shown.`,
  };
}

/** The first `size` bytes of `chunks`. */
function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    if (at >= size) break;
    all.set(chunk.subarray(0, size - at), at);
    at += chunk.length;
  }
  return all;
}

function mebibytes(bytes: number): string {
  return `${(bytes / mebibyte).toLocaleString("en")} MiB`;
}
