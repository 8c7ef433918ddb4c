/** Requests of a stream that are pushed one by one. */
export interface RequestQueue<Request> extends AsyncIterable<Request> {
  push(request: Request): void;
  /** Ends the stream; what was pushed before is still sent. */
  end(): void;
}

/** An empty queue, for one reader. */
export function createRequestQueue<Request>(): RequestQueue<Request> {
  const waiting: Request[] = [];
  let ended = false;
  let wake = () => {};
  return {
    push(request) {
      waiting.push(request);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        yield* waiting.splice(0);
        if (ended && waiting.length === 0) {
          return;
        }
        if (waiting.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
