import { envelopeFlags, headerValue, parseConnectEndStream, parseRpcContentType, rpcContentType } from "@rpcdeck/frames";
import type { OutboundCodec } from "../call/call.ts";
import { decompress } from "../call/compression.ts";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import { connectHeaders, openConnectUnaryLeg } from "./connect-unary.ts";
import { openEnvelopeLeg, type EnvelopeProtocol, type LegContext } from "./envelope-leg.ts";
import { outcomeOfForeignAnswer, outcomeOfOtherCodec } from "./fault-outcome.ts";
import { refuseLeg } from "./refuse-leg.ts";
import { responseMetadata } from "./request-headers.ts";

/**
 * Calls Connect servers over HTTP/2 or HTTP/1.1 (connectrpc.com/docs/protocol). Unary calls and streams look different on the wire, so the
 * method's kind must be known: else the outcome is the fault `kind_unknown`.
 */
export function createConnectCodec(context: LegContext): OutboundCodec {
  return {
    open(call, instance, listener) {
      switch (call.kind) {
        case undefined:
          return refuseLeg("Connect", outcomeFromFault("kind_unknown", `the kind of ${call.path} is not known`), listener);
        case "unary":
          return openConnectUnaryLeg(context, call, instance, listener);
        case "server-stream":
        case "client-stream":
        case "bidi":
          return openEnvelopeLeg(connectStream, context, call, instance, listener);
      }
    },
  };
}

const connectStream: EnvelopeProtocol = {
  name: "Connect",
  hasRaw: false,
  lastFlag: envelopeFlags.connectEndStream,
  decompress,
  requestHeaders(call) {
    const headers = connectHeaders(rpcContentType("connect-stream", call.codec), call);
    if (call.encoding !== "identity") headers.push(["connect-content-encoding", call.encoding]);
    if (call.acceptEncodings.length > 0) headers.push(["connect-accept-encoding", call.acceptEncodings.join(",")]);
    return headers;
  },
  readHeaders(status, headers, call, address) {
    const type = headerValue(headers, "content-type");
    if (status !== 200 || type === undefined || parseRpcContentType(type)?.protocol !== "connect-stream") {
      return { kind: "fault", outcome: outcomeOfForeignAnswer("a Connect stream", address, status, headers) };
    }
    const otherCodec = outcomeOfOtherCodec(address, type, call.codec);
    if (otherCodec !== undefined) return { kind: "fault", outcome: otherCodec };
    return {
      kind: "answer",
      metadata: responseMetadata(headers),
      encoding: headerValue(headers, "connect-content-encoding") ?? "identity",
    };
  },
  readLast: (bytes) => parseConnectEndStream(bytes),
  readTrailers: () => undefined,
};
