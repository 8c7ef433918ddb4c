import { envelopePrefixLength } from "./envelope.ts";

/** Follows enveloped messages in a byte stream by their prefixes alone: nothing is copied or kept. */
export interface EnvelopeCounter {
  /** Counts on. Returns the announced size of the first message that is larger than the limit, else undefined. */
  push(chunk: Uint8Array): number | undefined;
  /** Messages that began so far. */
  readonly messages: number;
  /** True between two messages: an end of the stream is clean here. */
  readonly atBoundary: boolean;
}

/** A counter that reports a message announced with more than `maxBytes`. */
export function createEnvelopeCounter(maxBytes: number): EnvelopeCounter {
  return new Counter(maxBytes);
}

/** A class because each relayed call makes two: an object literal with getters costs a microsecond. */
class Counter implements EnvelopeCounter {
  messages = 0;
  readonly #maxBytes: number;
  #prefixLength = 0;
  #size = 0;
  #remaining = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get atBoundary(): boolean {
    return this.#prefixLength === 0 && this.#remaining === 0;
  }

  push(chunk: Uint8Array): number | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#remaining > 0) {
        const part = Math.min(this.#remaining, chunk.length - at);
        this.#remaining -= part;
        at += part;
        continue;
      }
      const byte = chunk[at++] as number;
      this.#size = this.#prefixLength === 0 ? 0 : this.#size * 256 + byte;
      if (++this.#prefixLength < envelopePrefixLength) continue;
      this.#prefixLength = 0;
      this.messages++;
      if (this.#size > this.#maxBytes) return this.#size;
      this.#remaining = this.#size;
    }
    return undefined;
  }
}
