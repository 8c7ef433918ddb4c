import { outcomeOf, type Frame, type Outcome } from "@rpcdeck/frames";
import { maxReceivedMessageBytes, type BrowserLeg, type LegListener, type LegRequest } from "./browser-leg.ts";
import { decompress } from "./streams-codec.ts";
import type { TunnelClient } from "./tunnel-client.ts";

/** What compresses for the leg: the browser for gzip, the gateway for br and zstd. */
export interface LegCompression {
  /** Rejects when the gateway is away. */
  readonly compress: (bytes: Uint8Array, encoding: string) => Promise<Uint8Array>;
  /** Undoes what a browser cannot. Rejects for broken bytes and when the gateway is away. */
  readonly decompress: (bytes: Uint8Array, encoding: string) => Promise<Uint8Array>;
}

/** Opens a call as gRPC-framed messages in the tunnel. Answers may come in gzip, and in what the request is compressed with. */
export function openTunnelLeg(tunnel: TunnelClient, request: LegRequest, listener: LegListener, codec: LegCompression): BrowserLeg {
  let encoding = "";
  let over = false;
  const incoming = inOrder();
  const outgoing = inOrder();

  const end = (outcome: Outcome) => {
    if (over) return;
    over = true;
    listener.onEnd(outcome);
  };

  const call = tunnel.openCall(
    {
      path: request.path,
      metadata: request.headers,
      timeoutMs: request.timeoutMs,
      codec: request.codec,
      encoding: request.encoding,
      acceptEncodings: request.encoding === "" || request.encoding === "gzip" ? ["gzip"] : [request.encoding, "gzip"],
    },
    {
      onHeaders(headers, responseEncoding) {
        encoding = responseEncoding;
        if (!over) listener.onHeaders(responseEncoding === "" ? headers : [["encoding", responseEncoding], ...headers]);
      },
      onMessage(frame) {
        incoming(() => take(frame));
      },
      onEnd(outcome) {
        incoming(() => {
          end(outcome);
        });
      },
    },
  );

  const take = (frame: Frame): Promise<void> | undefined => {
    if (over) return undefined;
    if (!frame.compressed) {
      listener.onMessage(frame.bytes, frame.bytes.length);
      return undefined;
    }
    const bytes =
      encoding === "br" || encoding === "zstd"
        ? codec.decompress(frame.bytes, encoding)
        : decompress(frame.bytes, encoding, maxReceivedMessageBytes);
    return bytes.then(
      (bytes) => {
        if (!over) listener.onMessage(bytes, frame.bytes.length);
      },
      (error: unknown) => {
        call.cancel();
        end(outcomeOf("internal", `a message cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`));
      },
    );
  };

  listener.onSent([
    ["codec", request.codec],
    ...(request.timeoutMs === undefined ? [] : [["timeout-ms", String(Math.floor(request.timeoutMs))] as const]),
    ...(request.encoding === "" ? [] : [["encoding", request.encoding] as const]),
    ...request.headers,
  ]);

  return {
    send(bytes, sent) {
      if (request.encoding === "") {
        outgoing(() => {
          call.send({ compressed: false, bytes });
          sent(bytes.length);
        });
        return;
      }
      outgoing(async () => {
        let compressed: Uint8Array;
        try {
          compressed = await codec.compress(bytes, request.encoding);
        } catch (error) {
          call.cancel();
          end(outcomeOf("unavailable", `a message cannot be compressed: ${error instanceof Error ? error.message : String(error)}`));
          return;
        }
        if (over) return;
        call.send({ compressed: true, bytes: compressed });
        sent(compressed.length);
      });
    },
    halfClose() {
      outgoing(() => {
        call.halfClose();
      });
    },
    cancel() {
      over = true;
      call.cancel();
    },
    // Credit is given for what was consumed only, so nothing needs to be done.
    pause: () => {},
    resume: () => {},
    consumed(wireSize) {
      call.grant(wireSize + 1);
    },
  };
}

/** Runs tasks one after another; at once while none of them had to wait. */
function inOrder(): (task: () => Promise<void> | undefined | void) => void {
  let last: Promise<void> | undefined;
  return (task) => {
    if (last === undefined) {
      const running = task();
      if (running) follow(running);
    } else follow(last.then(task));
  };
  function follow(running: Promise<void>): void {
    const mine = running.finally(() => {
      if (last === mine) last = undefined;
    });
    last = mine;
  }
}
