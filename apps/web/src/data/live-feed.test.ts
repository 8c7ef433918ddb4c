import { create } from "@bufbuild/protobuf";
import { CatalogService, WatchCatalogResponseSchema } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLiveFeed, firstRetryMs, lingerMs, longestRetryMs, type FeedCarrier } from "./live-feed.ts";
import { setGatewayToken } from "./token.ts";

/** A carrier that the test plays by hand. */
function byHand() {
  const streams: { send: (revision: bigint) => void; end: (problem: string) => void; stopped: boolean }[] = [];
  const returns = new Set<() => void>();
  const state = { locked: false };
  const carrier: FeedCarrier = {
    open(_method, listener) {
      const stream = {
        stopped: false,
        send: (revision: bigint) => {
          listener.onMessage(create(WatchCatalogResponseSchema, { catalog: { sources: [{ name: "embedded", revision }] } }) as never);
        },
        end: (problem: string) => {
          listener.onEnd(problem);
        },
      };
      streams.push(stream);
      return () => {
        stream.stopped = true;
      };
    },
    onReturn(listener) {
      returns.add(listener);
      return () => returns.delete(listener);
    },
    wantsToken: () => Promise.resolve(state.locked),
  };
  const feed = createLiveFeed(
    carrier,
    CatalogService.method.watchCatalog,
    (_: bigint | undefined, message) => message.catalog?.sources[0]?.revision,
  );
  return { feed, streams, returns, state };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  setGatewayToken("");
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it("opens with the first listener, shows the newest message, and ends a while after the last listener", async () => {
  const { feed, streams } = byHand();
  const seen: (bigint | undefined)[] = [];
  const stop = feed.subscribe(() => seen.push(feed.snapshot().latest));
  streams[0]?.send(1n);
  streams[0]?.send(2n);
  expect(seen).toEqual([1n, 2n]);
  stop();
  const again = feed.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(lingerMs * 2);
  expect(streams).toHaveLength(1);
  again();
  await vi.advanceTimersByTimeAsync(lingerMs);
  expect(streams[0]?.stopped).toBe(true);
  expect(feed.snapshot()).toEqual({ latest: 2n, status: { kind: "connecting" } });
});

it("tries again after a break, each time later, and keeps what it knew", async () => {
  const { feed, streams } = byHand();
  const stop = feed.subscribe(() => {});
  streams[0]?.send(1n);
  for (let attempt = 1; attempt <= 7; attempt++) {
    streams.at(-1)?.end("the tunnel closed");
    await settle();
    const waitMs = Math.min(firstRetryMs * 2 ** (attempt - 1), longestRetryMs);
    expect(feed.snapshot()).toEqual({
      latest: 1n,
      status: { kind: "waiting", problem: "the tunnel closed", attempt, nextTryAt: Date.now() + waitMs },
    });
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect(streams).toHaveLength(attempt);
    await vi.advanceTimersByTimeAsync(1);
    expect(streams).toHaveLength(attempt + 1);
  }
  streams.at(-1)?.send(2n);
  expect(feed.snapshot().status).toEqual({ kind: "live" });
  stop();
  await vi.advanceTimersByTimeAsync(lingerMs);
});

it("tries at once when the network or the reader is back", async () => {
  const { feed, streams, returns } = byHand();
  const stop = feed.subscribe(() => {});
  streams[0]?.end("the tunnel closed");
  await settle();
  for (const back of returns) back();
  await settle();
  expect(streams).toHaveLength(2);
  expect(returns.size).toBe(0);
  stop();
  await vi.advanceTimersByTimeAsync(lingerMs);
});

it("waits for a token where the gateway wants one, and goes on with the next", async () => {
  const { feed, streams, state } = byHand();
  const stop = feed.subscribe(() => {});
  state.locked = true;
  streams[0]?.end("refused");
  await settle();
  expect(feed.snapshot().status).toEqual({ kind: "locked", rejected: false });
  setGatewayToken("wrong");
  await settle();
  streams[1]?.end("refused");
  await settle();
  expect(feed.snapshot().status).toEqual({ kind: "locked", rejected: true });
  state.locked = false;
  setGatewayToken("right");
  await settle();
  streams[2]?.send(3n);
  expect(feed.snapshot()).toEqual({ latest: 3n, status: { kind: "live" } });
  stop();
  await vi.advanceTimersByTimeAsync(lingerMs);
});
