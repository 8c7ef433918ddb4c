/** From this many bytes on, a pusher is asked to stop until the reader has caught up. */
export const queueFullBytes = 256 * 1024;

/** Chunks pushed on one side, pulled on the other, once and in order. Bounded as long as the pusher obeys. */
export interface ByteQueue extends AsyncIterable<Uint8Array> {
  /** Adds a chunk; false means: stop until `onDrain` was called. After `close` it does nothing. */
  push(bytes: Uint8Array): boolean;
  /** No more chunks come; the reader still gets those that wait. */
  close(): void;
  /** The pusher broke off: what waits is dropped and the reader gets `reason` as a rejection. */
  fail(reason: Error): void;
}

/** An empty queue. `onDrain` is called when the reader has taken enough after `push` returned false. */
export function createByteQueue(onDrain: () => void): ByteQueue {
  const waiting: Uint8Array[] = [];
  let size = 0;
  let full = false;
  let closed = false;
  let failure: Error | undefined;
  let reader: { resolve(result: IteratorResult<Uint8Array>): void; reject(reason: Error): void } | undefined;

  function next(): Promise<IteratorResult<Uint8Array>> {
    if (failure !== undefined) return Promise.reject(failure);
    const chunk = waiting.shift();
    if (chunk !== undefined) {
      size -= chunk.length;
      if (full && size < queueFullBytes / 2) {
        full = false;
        onDrain();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    if (closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => (reader = { resolve, reject }));
  }

  return {
    push(bytes) {
      if (closed) return true;
      if (reader !== undefined) {
        const waiter = reader;
        reader = undefined;
        waiter.resolve({ done: false, value: bytes });
        return true;
      }
      waiting.push(bytes);
      size += bytes.length;
      full ||= size >= queueFullBytes;
      return !full;
    },
    close() {
      closed = true;
      reader?.resolve({ done: true, value: undefined });
      reader = undefined;
    },
    fail(reason) {
      if (closed && waiting.length === 0) return;
      closed = true;
      failure = reason;
      waiting.length = 0;
      reader?.reject(reason);
      reader = undefined;
    },
    [Symbol.asyncIterator]: () => ({ next }),
  };
}
