/** What a splitter reports, in this order: any number of `onMessage`, then at most one of `onTooLarge`, `onBadLength` and `onEnd`. */
export interface DelimitedListener {
  /** One whole message, behind a length of `prefixLength` bytes. `bytes` may be a view of a pushed chunk; the splitter never writes to it again. */
  onMessage(bytes: Uint8Array, prefixLength: number): void;
  /** A length is more than the limit. A length of more than 2^53 is given rounded. The splitter ignores everything after it. */
  onTooLarge(size: number): void;
  /** A length does not end within the ten bytes of a varint. The splitter ignores everything after it. */
  onBadLength(): void;
  /** The input ended. `leftover` counts the bytes of an unfinished message, its length included; 0 for a clean end. */
  onEnd(leftover: number): void;
}

/** Cuts a stream of varint-delimited messages; any chunking gives the same messages. Never throws. */
export interface DelimitedSplitter {
  push(chunk: Uint8Array): void;
  /** The input is over. */
  end(): void;
  /** Nothing is reported any more, even from the middle of a chunk. */
  stop(): void;
}

/** Most bytes of a varint. */
const maxVarintBytes = 10;

/**
 * A splitter that refuses messages of more than `maxBytes` by their length, before any of their bytes are kept. A length may be written longer
 * than it needs to be, as the runtimes read it. Of an unfinished message the pushed chunks are kept as they are, and copied when it is whole.
 */
export function createDelimitedSplitter(maxBytes: number, listener: DelimitedListener): DelimitedSplitter {
  let isOver = false;
  let prefixLength = 0;
  let isPrefixWhole = false;
  let size = 0;
  let parts: Uint8Array[] = [];
  let partsLength = 0;

  /** Reads on in the length before a message; returns the offset after what was read. */
  function takePrefix(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const byte = chunk[at++] as number;
      size += (byte & 0x7f) * 128 ** prefixLength++;
      if (byte < 0x80) {
        isPrefixWhole = true;
        if (size > maxBytes) {
          isOver = true;
          listener.onTooLarge(size);
        }
        return at;
      }
      if (prefixLength < maxVarintBytes) continue;
      isOver = true;
      listener.onBadLength();
      return at;
    }
    return at;
  }

  function report(bytes: Uint8Array): void {
    const length = prefixLength;
    prefixLength = 0;
    isPrefixWhole = false;
    size = 0;
    listener.onMessage(bytes, length);
  }

  function keep(part: Uint8Array): void {
    if (part.length === 0) return; // the chunk ended with the length
    parts.push(part);
    partsLength += part.length;
    if (partsLength < size) return;
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const kept of parts) {
      bytes.set(kept, at);
      at += kept.length;
    }
    parts = [];
    partsLength = 0;
    report(bytes);
  }

  return {
    push(chunk) {
      let at = 0;
      while (!isOver && at < chunk.length) {
        if (!isPrefixWhole) {
          at = takePrefix(chunk, at);
          if (isOver || !isPrefixWhole) return;
        }
        const part = chunk.subarray(at, at + size - partsLength);
        at += part.length;
        if (part.length === size) report(part);
        else keep(part);
      }
    },
    end() {
      if (isOver) return;
      isOver = true;
      listener.onEnd(prefixLength + partsLength);
    },
    stop() {
      isOver = true;
      parts = [];
    },
  };
}
