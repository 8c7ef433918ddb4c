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
import { openEnvelopeLeg, type EnvelopeProtocol, type LegContext } from "./envelope-leg.ts";
import { outcomeOfForeignAnswer } from "./fault-outcome.ts";
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
  readHeaders(status, headers, _call, address) {
    const type = headerValue(headers, "content-type");
    const isGrpcWeb = type !== undefined && parseRpcContentType(type)?.protocol === "grpc-web";
    if (hasGrpcStatus(headers) && (isGrpcWeb || status === 200)) {
      const outcome = outcomeFromTrailers(responseMetadataWithStatus(headers));
      if (outcome !== undefined) return { kind: "trailers-only", outcome };
    }
    if (status !== 200 || !isGrpcWeb) return { kind: "fault", outcome: outcomeOfForeignAnswer("gRPC-Web", address, status, headers) };
    return { kind: "answer", metadata: responseMetadata(headers), encoding: headerValue(headers, "grpc-encoding") ?? "identity" };
  },
  readLast: (bytes) => outcomeFromTrailers(parseGrpcWebTrailers(bytes)),
  readTrailers: (trailers) => outcomeFromTrailers(trailers),
};
