import type { DescMessage, DescMethodServerStreaming, MessageShape } from "@bufbuild/protobuf";
import { gatewayToken, onGatewayToken } from "./token.ts";

/** Time to the first new attempt after a feed broke; each further one waits twice as long. */
export const firstRetryMs = 500;
/** Longest time between two attempts. */
export const longestRetryMs = 10_000;
/** A feed that nobody listens to ends after this long: going from screen to screen does not open it anew. */
export const lingerMs = 2_000;

/** Where a feed is. Times are `Date.now()` milliseconds. */
export type FeedStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** Broken; what came last is still shown. `attempt` counts from 1. */
  | { readonly kind: "waiting"; readonly problem: string; readonly attempt: number; readonly nextTryAt: number }
  /** The gateway wants a token, or does not take the one it got. Goes on as soon as another one is set. */
  | { readonly kind: "locked"; readonly rejected: boolean };

/** What a feed knows: the newest value, and how the feed is. */
export interface FeedSnapshot<Value> {
  readonly latest: Value | undefined;
  readonly status: FeedStatus;
}

/** A live feed for `useSyncExternalStore`. Runs while somebody listens, and `lingerMs` longer. */
export interface LiveFeed<Value> {
  readonly subscribe: (listener: () => void) => () => void;
  readonly snapshot: () => FeedSnapshot<Value>;
  /** Tries now where it waits. */
  readonly retryNow: () => void;
}

/** What feeds travel over. */
export interface FeedCarrier {
  /** Opens a server stream of our own API with an empty request. `onEnd` comes once, and not after the stream was stopped. Answers how to stop. */
  open<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    listener: { onMessage(message: MessageShape<O>): void; onEnd(problem: string): void },
  ): () => void;
  /** Calls `listener` when trying again is worth it at once: the network is back, or the reader. Answers how to stop. */
  onReturn(listener: () => void): () => void;
  /** Asks whether the gateway wants a token. A gateway that is away does not. Never rejects. */
  wantsToken(signal: AbortSignal): Promise<boolean>;
}

/** A feed of `method`. `fold` makes the next value of the last one and a message. */
export function createLiveFeed<I extends DescMessage, O extends DescMessage, Value>(
  carrier: FeedCarrier,
  method: DescMethodServerStreaming<I, O>,
  fold: (last: Value | undefined, message: MessageShape<O>) => Value | undefined,
): LiveFeed<Value> {
  const listeners = new Set<() => void>();
  let snapshot: FeedSnapshot<Value> = { latest: undefined, status: { kind: "connecting" } };
  let running: AbortController | undefined;
  let wake: (() => void) | undefined;
  let linger: ReturnType<typeof setTimeout> | undefined;

  const set = (next: FeedSnapshot<Value>) => {
    snapshot = next;
    for (const listener of listeners) listener();
  };

  const run = async (signal: AbortSignal) => {
    let attempt = 0;
    while (!signal.aborted) {
      const problem = await once(signal, () => {
        attempt = 0;
      });
      if (signal.aborted) return;
      if (await carrier.wantsToken(signal)) {
        if (signal.aborted) return;
        set({ ...snapshot, status: { kind: "locked", rejected: gatewayToken() !== undefined } });
        await pause(undefined, signal);
        if (!signal.aborted) set({ ...snapshot, status: { kind: "connecting" } });
        continue;
      }
      attempt += 1;
      const waitMs = Math.min(firstRetryMs * 2 ** (attempt - 1), longestRetryMs);
      set({ ...snapshot, status: { kind: "waiting", problem, attempt, nextTryAt: Date.now() + waitMs } });
      await pause(waitMs, signal);
    }
  };

  /** Runs the stream until it ends; answers why. */
  const once = (signal: AbortSignal, onFirst: () => void) =>
    new Promise<string>((resolve) => {
      const stop = carrier.open(method, {
        onMessage(message) {
          onFirst();
          set({ latest: fold(snapshot.latest, message), status: { kind: "live" } });
        },
        onEnd(problem) {
          signal.removeEventListener("abort", onAbort);
          resolve(problem);
        },
      });
      const onAbort = () => {
        stop();
        resolve("stopped");
      };
      signal.addEventListener("abort", onAbort, { once: true });
    });

  /** Waits `ms`, or without a time for ever. A new token and `retryNow` end it early; a returning network or reader only where there is a time. */
  const pause = (ms: number | undefined, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      const stopToken = onGatewayToken(done);
      const stopReturn = ms === undefined ? undefined : carrier.onReturn(done);
      function done() {
        clearTimeout(timer);
        stopToken();
        stopReturn?.();
        signal.removeEventListener("abort", done);
        wake = undefined;
        resolve();
      }
      wake = done;
      signal.addEventListener("abort", done);
    });

  return {
    snapshot: () => snapshot,
    retryNow: () => wake?.(),
    subscribe(listener) {
      listeners.add(listener);
      clearTimeout(linger);
      if (running === undefined) {
        running = new AbortController();
        void run(running.signal);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(linger);
        linger = setTimeout(() => {
          running?.abort();
          running = undefined;
          snapshot = { ...snapshot, status: { kind: "connecting" } };
        }, lingerMs);
      };
    },
  };
}
