/** Runs a step that may be asynchronous over items, strictly in order; never more than one step at a time. */
export interface OrderedPipe<Item> {
  push(item: Item): void;
  /** `done` runs once everything pushed before was delivered; at once when nothing is under way. */
  whenIdle(done: () => void): void;
  /** Nothing is delivered or reported any more. */
  stop(): void;
}

/** How a pipe works and whom it tells. */
export interface OrderedPipeOptions<Item> {
  /** May throw or reject. */
  readonly step: (item: Item) => Item | Promise<Item>;
  readonly deliver: (item: Item) => void;
  /** The first failure; nothing follows it. */
  readonly onFault: (error: unknown) => void;
  /** True while a step is under way: the source should wait. */
  readonly onBusy: (isBusy: boolean) => void;
}

/** A pipe. Synchronous steps are delivered before `push` returns. */
export function createOrderedPipe<Item>({ step, deliver, onFault, onBusy }: OrderedPipeOptions<Item>): OrderedPipe<Item> {
  let queue: Item[] = [];
  let isBusy = false;
  let isStopped = false;
  let idle: (() => void) | undefined;

  const fail = (error: unknown): void => {
    if (isStopped) return;
    isStopped = true;
    queue = [];
    onFault(error);
  };
  const run = (): void => {
    while (!isBusy && !isStopped) {
      const item = queue.shift();
      if (item === undefined) {
        const done = idle;
        idle = undefined;
        done?.();
        return;
      }
      try {
        const result = step(item);
        if (!(result instanceof Promise)) {
          deliver(result);
          continue;
        }
        isBusy = true;
        onBusy(true);
        result.then((value) => {
          if (isStopped) return;
          isBusy = false;
          deliver(value);
          onBusy(false);
          run();
        }, fail);
      } catch (error) {
        fail(error);
      }
    }
  };
  return {
    push(item) {
      if (isStopped) return;
      queue.push(item);
      run();
    },
    whenIdle(done) {
      if (isStopped) return;
      if (isBusy || queue.length > 0) idle = done;
      else done();
    },
    stop() {
      isStopped = true;
      queue = [];
      idle = undefined;
    },
  };
}
