import { outcomeOf, type Frame, type Outcome } from "@rpcdeck/frames";
import type { Call } from "../call/call.ts";
import { createInbound, type Inbound, type InboundOptions } from "./inbound.ts";

/** For tests: an open inbound side on a free port of 127.0.0.1, closed by `await using`. */
export interface TestInbound extends AsyncDisposable {
  readonly inbound: Inbound;
  readonly port: number;
  readonly url: string;
}

/** For tests: opens one whose calls go to `handleCall`. */
export async function startInbound(handleCall: (call: Call) => void, options: Partial<InboundOptions> = {}): Promise<TestInbound> {
  const inbound = createInbound({ listenHost: "127.0.0.1", webRoot: "/nonexistent", isReady: () => true, handleCall, ...options });
  const { port } = await inbound.listen(0);
  return {
    inbound,
    port,
    url: `http${options.tls === undefined ? "" : "s"}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => inbound.close(0),
  };
}

/** For tests: answers every message with itself, with flow control, and ends well with trailers. */
export function echo(call: Call): void {
  call.respond(
    [
      ["x-header", "h1"],
      ["x-header", "h2"],
      ["x-bin-bin", "AAE"],
    ],
    call.encoding,
  );
  call.onDrain = () => {
    call.resumeRequests();
  };
  call.listen({
    onFrame(frame) {
      if (!call.write(frame)) call.pauseRequests();
    },
    onEnd() {
      call.end({
        ...outcomeOf("ok"),
        trailers: [
          ["x-trailer", "t1"],
          ["x-trailer", "t2"],
        ],
      });
    },
    onCancel() {},
  });
}

/** For tests: what arrives of a call, with promises for its events. */
export interface SeenCall {
  readonly call: Call;
  readonly frames: Frame[];
  readonly ended: Promise<void>;
  readonly cancelled: Promise<Outcome>;
}

/** For tests: listens to a call and keeps what comes. */
export function watchCall(call: Call, onFrame: (frame: Frame) => void = () => {}): SeenCall {
  const frames: Frame[] = [];
  const ended = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<Outcome>();
  call.listen({
    onFrame(frame) {
      frames.push(frame);
      onFrame(frame);
    },
    onEnd: ended.resolve,
    onCancel: cancelled.resolve,
  });
  return { call, frames, ended: ended.promise, cancelled: cancelled.promise };
}
