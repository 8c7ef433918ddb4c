import { envelopePrefixLength } from "./envelope.ts";

/** What a splitter reports, in this order: any number of `onEnvelope`, then at most one of `onTooLarge` and `onEnd`. */
export interface EnvelopeListener {
  /** One whole message. `bytes` may be a view of a pushed chunk; the splitter never writes to it again. */
  onEnvelope(flags: number, bytes: Uint8Array): void;
  /** A prefix announces more than the limit. The splitter ignores everything after it. */
  onTooLarge(size: number): void;
  /** The input ended. `leftover` counts the bytes of an unfinished envelope, its prefix included; 0 for a clean end. */
  onEnd(leftover: number): void;
}

/** Cuts a byte stream into enveloped messages; any chunking gives the same messages. Never throws. */
export interface EnvelopeSplitter {
  push(chunk: Uint8Array): void;
  /** The input is over. */
  end(): void;
  /** From now on nothing is reported, even from the middle of a chunk; pushed chunks wait. */
  pause(): void;
  /** Reports what waited, unless paused again on the way. */
  resume(): void;
  /** Nothing is reported any more. */
  stop(): void;
}

/** First size of the buffer that joins a message out of several chunks; it doubles, so that a prefix alone reserves no memory. */
const firstJoinBytes = 16 * 1024;

/** A splitter that refuses messages of more than `maxBytes` by their prefix, before any of their bytes are kept. */
export function createEnvelopeSplitter(maxBytes: number, listener: EnvelopeListener): EnvelopeSplitter {
  let state: "open" | "ending" | "over" = "open";
  let paused = false;
  let running = false;
  let waiting: Uint8Array[] = [];

  let prefixLength = 0;
  let flags = 0;
  let size = 0;
  let joined: Uint8Array | undefined;
  let joinedLength = 0;

  /** Takes from `chunk` until it is empty (returns -1) or paused (returns the offset of the rest). */
  function take(chunk: Uint8Array): number {
    let at = 0;
    const length = chunk.length;
    while (at < length) {
      if (paused) return at;
      while (prefixLength < envelopePrefixLength && at < length) {
        const byte = chunk[at++] as number;
        if (prefixLength === 0) {
          flags = byte;
          size = 0;
        } else size = size * 256 + byte;
        prefixLength++;
      }
      if (prefixLength < envelopePrefixLength) return -1;
      if (size > maxBytes) {
        state = "over";
        waiting = [];
        listener.onTooLarge(size);
        return -1;
      }
      const missing = size - joinedLength;
      if (joined === undefined && length - at >= missing) {
        const bytes = chunk.subarray(at, at + missing);
        at += missing;
        prefixLength = 0;
        listener.onEnvelope(flags, bytes);
      } else {
        const part = Math.min(missing, length - at);
        join(chunk, at, part);
        at += part;
        if (joinedLength < size) return -1;
        const bytes = (joined as Uint8Array).subarray(0, size);
        joined = undefined;
        joinedLength = 0;
        prefixLength = 0;
        listener.onEnvelope(flags, bytes);
      }
      if (state === "over") return -1;
    }
    return -1;
  }

  function join(chunk: Uint8Array, at: number, length: number): void {
    const needed = joinedLength + length;
    if (joined === undefined || joined.length < needed) {
      const larger = new Uint8Array(Math.min(size, Math.max(needed, firstJoinBytes, joinedLength * 2)));
      if (joined !== undefined) larger.set(joined.subarray(0, joinedLength));
      joined = larger;
    }
    joined.set(chunk.subarray(at, at + length), joinedLength);
    joinedLength = needed;
  }

  function run(): void {
    if (running) return; // resumed from inside a callback: the loop below goes on
    running = true;
    while (!paused && waiting.length > 0) {
      const chunk = waiting[0] as Uint8Array;
      const rest = take(chunk);
      if (waiting.length === 0) break; // stopped on the way
      if (rest === -1) waiting.shift();
      else waiting[0] = chunk.subarray(rest);
    }
    running = false;
    if (state === "ending" && !paused && waiting.length === 0) {
      state = "over";
      const leftover = prefixLength + joinedLength;
      joined = undefined;
      listener.onEnd(leftover);
    }
  }

  return {
    push(chunk) {
      if (state !== "open" || chunk.length === 0) return;
      if (!paused && !running && waiting.length === 0) {
        running = true;
        const rest = take(chunk);
        running = false;
        if (rest !== -1 && (state as string) !== "over") waiting.unshift(chunk.subarray(rest));
        run();
      } else {
        waiting.push(chunk);
        run();
      }
    },
    end() {
      if (state !== "open") return;
      state = "ending";
      run();
    },
    pause() {
      paused = true;
    },
    resume() {
      if (!paused) return;
      paused = false;
      run();
    },
    stop() {
      state = "over";
      waiting = [];
      joined = undefined;
    },
  };
}
