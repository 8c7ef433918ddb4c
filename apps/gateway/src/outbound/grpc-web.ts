import {
  envelopeFlags,
  hasGrpcStatus,
  headerValue,
  outcomeFromTrailers,
  parseGrpcWebTrailers,
  parseRpcContentType,
  rpcContentType,
  type Header,
} from "@rpcdeck/frames";
import type { OutboundCodec } from "../call/call.ts";
import { decompress } from "../call/compression.ts";
import { openEnvelopeLeg, type EnvelopeProtocol, type LegContext, type ReadHeaders } from "./envelope-leg.ts";
import { outcomeOfForeignAnswer, outcomeOfOtherCodec } from "./fault-outcome.ts";
import { appendGrpcHeaders, responseMetadataWithStatus } from "./grpc.ts";
import { responseMetadata } from "./request-headers.ts";

/** Calls gRPC-Web servers in binary mode over HTTP/2 or HTTP/1.1 (PROTOCOL-WEB.md in the gRPC repository). */
export function createGrpcWebCodec(context: LegContext): OutboundCodec {
  return { open: (call, instance, listener) => openEnvelopeLeg(grpcWeb, context, call, instance, listener) };
}

const grpcWeb: EnvelopeProtocol = {
  name: "gRPC-Web",
  hasRaw: false,
  lastFlag: envelopeFlags.grpcWebTrailers,
  decompress,
  requestHeaders(call) {
    const headers: Header[] = [
      ["content-type", rpcContentType("grpc-web", call.codec)],
      ["x-grpc-web", "1"],
    ];
    appendGrpcHeaders(headers, call);
    return headers;
  },
  readHeaders(status, headers, call, address) {
    const type = headerValue(headers, "content-type");
    const isGrpcWeb = type !== undefined && parseRpcContentType(type)?.protocol === "grpc-web";
    if (hasGrpcStatus(headers) && (isGrpcWeb || status === 200)) {
      const outcome = outcomeFromTrailers(responseMetadataWithStatus(headers));
      // A status in a trailers frame counts more than one in the headers, as grpc-web and connect-go read it.
      if (outcome !== undefined) return { kind: "trailers-only", outcome, ...(isGrpcWeb ? { withBody: answerOf(headers) } : {}) };
    }
    if (status !== 200 || !isGrpcWeb) return { kind: "fault", outcome: outcomeOfForeignAnswer("gRPC-Web", address, status, headers) };
    const otherCodec = outcomeOfOtherCodec(address, type, call.codec);
    if (otherCodec !== undefined) return { kind: "fault", outcome: otherCodec };
    return answerOf(headers);
  },
  readLast: (bytes) => outcomeFromTrailers(parseGrpcWebTrailers(bytes)),
  readTrailers: (trailers) => outcomeFromTrailers(trailers),
};

function answerOf(headers: readonly Header[]): Extract<ReadHeaders, { kind: "answer" }> {
  return { kind: "answer", metadata: responseMetadata(headers), encoding: headerValue(headers, "grpc-encoding") ?? "identity" };
}
