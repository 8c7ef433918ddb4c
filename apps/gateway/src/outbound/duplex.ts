import { messageOf, outcomeOf, type Frame, type Outcome } from "@rpcdeck/frames";
import type { OutboundCodec } from "../call/call.ts";
import { decompress } from "../call/compression.ts";
import type { InstanceProtocol } from "../catalog/instance.ts";
import { outcomeFromFault, toOutcome } from "../errors/to-outcome.ts";
import type { OpenDuplex } from "../net/duplex.ts";

/** Messages that may wait for their reader before the backend is paused. */
const maxUnread = 64;

/** Opens calls of our own over the outbound codecs. `maxMessageBytes` bounds a message after decompression. */
export function createOpenDuplex(
  codecs: Partial<Readonly<Record<InstanceProtocol, OutboundCodec>>>,
  { maxMessageBytes }: { readonly maxMessageBytes: number },
): OpenDuplex {
  return (instance, path, metadata, options = {}) => {
    const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
    const { deadlineMs, signal } = options;
    let unsent: Uint8Array[] | undefined = [];
    let hasEnded = false;
    let isOver = false;
    let isPaused = false;
    let encoding = "identity";
    const unread: Frame[] = [];
    let wake: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;

    const settle = (result: Outcome): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      resolve(result);
      wake?.();
    };
    const breakOff = (result: Outcome): void => {
      if (isOver) return;
      leg?.cancel();
      settle(result);
    };
    const abort = (): void => {
      breakOff(outcomeOf("canceled", "the call was cancelled"));
    };

    const codec = codecs[instance.protocol];
    const leg = codec?.open(
      {
        path,
        metadata,
        deadlineMs,
        codec: "proto",
        encoding: "identity",
        acceptEncodings: [],
        kind: options.kind ?? "bidi",
        trace: undefined,
        attempt: 1,
      },
      instance,
      {
        onOpen() {
          const early = unsent ?? [];
          unsent = undefined;
          for (const bytes of early) leg?.write({ compressed: false, bytes });
          if (hasEnded) leg?.end();
        },
        onHeaders(_headers, name) {
          encoding = name;
        },
        onFrame(frame) {
          unread.push(frame);
          if (unread.length >= maxUnread && !isPaused) {
            isPaused = true;
            leg?.pauseResponses();
          }
          wake?.();
        },
        onDrain: () => undefined,
        onOutcome: settle,
      },
    );
    if (codec === undefined) {
      settle(outcomeFromFault("protocol_unsupported", `${instance.id}: ${instance.protocolName} cannot be called yet`));
    } else {
      if (deadlineMs !== undefined) {
        timer = setTimeout(
          () => {
            breakOff(outcomeFromFault("deadline_exceeded", `${instance.address}: no answer to ${path} within its deadline`));
          },
          Math.max(0, deadlineMs - performance.now()),
        );
      }
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted === true) abort();
    }

    async function* messages(): AsyncIterable<Uint8Array> {
      try {
        for (;;) {
          const frame = unread.shift();
          if (frame === undefined) {
            if (isOver) return;
            await new Promise<void>((next) => (wake = next));
            wake = undefined;
            continue;
          }
          if (isPaused && unread.length === 0) {
            isPaused = false;
            leg?.resumeResponses();
          }
          yield await messageOf(frame, encoding, maxMessageBytes, decompress);
        }
      } catch (error) {
        breakOff(toOutcome(error)); // a message that cannot be decompressed ends the call; the outcome says so
      } finally {
        abort(); // a reader that leaves early wants nothing more
      }
    }

    return {
      send(bytes) {
        if (isOver || hasEnded) return true;
        if (unsent === undefined) return leg?.write({ compressed: false, bytes }) ?? true;
        unsent.push(bytes);
        return true;
      },
      end() {
        if (hasEnded) return;
        hasEnded = true;
        if (unsent === undefined) leg?.end();
      },
      cancel: abort,
      messages: messages(),
      outcome,
    };
  };
}
