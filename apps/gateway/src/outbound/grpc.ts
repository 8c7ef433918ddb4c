import { grpcTimeoutFrom, hasGrpcStatus, headerValue, outcomeFromTrailers, parseRpcContentType, rpcContentType } from "@rpcdeck/frames";
import type { Header } from "@rpcdeck/frames";
import type { OutboundCall, OutboundCodec } from "../call/call.ts";
import { decompress } from "../call/compression.ts";
import { openEnvelopeLeg, type EnvelopeProtocol, type LegContext } from "./envelope-leg.ts";
import { outcomeOfForeignAnswer, outcomeOfOtherCodec } from "./fault-outcome.ts";
import { responseMetadata } from "./request-headers.ts";

/** Calls gRPC servers over HTTP/2 ("gRPC over HTTP2" in the gRPC repository). */
export function createGrpcCodec(context: LegContext): OutboundCodec {
  return { open: (call, instance, listener) => openEnvelopeLeg(grpc, context, call, instance, listener) };
}

/** Deadline and compression headers that gRPC and gRPC-Web share. The deadline goes on as the time that is left. */
export function appendGrpcHeaders(headers: Header[], call: OutboundCall): void {
  if (call.deadlineMs !== undefined) headers.push(["grpc-timeout", grpcTimeoutFrom(call.deadlineMs - performance.now())]);
  if (call.encoding !== "identity") headers.push(["grpc-encoding", call.encoding]);
  if (call.acceptEncodings.length > 0) headers.push(["grpc-accept-encoding", call.acceptEncodings.join(",")]);
}

const grpc: EnvelopeProtocol = {
  name: "gRPC",
  hasRaw: true,
  lastFlag: 0,
  decompress,
  requestHeaders(call) {
    const headers: Header[] = [
      ["te", "trailers"],
      ["content-type", rpcContentType("grpc", call.codec)],
    ];
    appendGrpcHeaders(headers, call);
    return headers;
  },
  readHeaders(status, headers, call, address) {
    const type = headerValue(headers, "content-type");
    const isGrpc = type !== undefined && parseRpcContentType(type)?.protocol === "grpc";
    if (hasGrpcStatus(headers) && (isGrpc || status === 200)) {
      // The block of a trailers-only answer is trailers, as grpc-go and connect-go read it.
      const outcome = outcomeFromTrailers(responseMetadataWithStatus(headers));
      if (outcome !== undefined) return { kind: "trailers-only", outcome };
    }
    if (status !== 200 || !isGrpc) return { kind: "fault", outcome: outcomeOfForeignAnswer("gRPC", address, status, headers) };
    const otherCodec = outcomeOfOtherCodec(address, type, call.codec);
    if (otherCodec !== undefined) return { kind: "fault", outcome: otherCodec };
    return { kind: "answer", metadata: responseMetadata(headers), encoding: headerValue(headers, "grpc-encoding") ?? "identity" };
  },
  readLast: () => undefined,
  readTrailers: (trailers) => outcomeFromTrailers(trailers),
};

/** A header block without what describes body and connection, the status names kept. */
export function responseMetadataWithStatus(headers: readonly Header[]): Header[] {
  return [
    ...responseMetadata(headers),
    ...headers.filter(([name]) => name === "grpc-status" || name === "grpc-message" || name === "grpc-status-details-bin"),
  ];
}
