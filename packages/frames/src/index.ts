export { bytesFromBase64, toBase64 } from "./base64.ts";
export { isBinaryName, parseBinaryMetadata, type BinaryValue } from "./binary-metadata.ts";
export {
  connectErrorFrom,
  httpStatusFromCode,
  outcomeFromConnectError,
  writeConnectError,
  type ConnectErrorJson,
} from "./connect-error.ts";
export { buildConnectGet, parseConnectGet, type ConnectGet, type ConnectGetQuery } from "./connect-get.ts";
export { isConnectEndStream, parseConnectEndStream, writeConnectEndStream } from "./connect-stream.ts";
export { prefixUnaryTrailers, splitUnaryTrailers } from "./connect-unary.ts";
export { parseRpcContentType, rpcContentType, type RpcContentType } from "./content-type.ts";
export { createDelimitedSplitter, type DelimitedListener, type DelimitedSplitter } from "./delimited-splitter.ts";
export { writeDelimited } from "./write-delimited.ts";
export { isKnownEncoding, knownEncodings, messageOf, parseAcceptEncoding, type Decompress, type KnownEncoding } from "./encoding.ts";
export { createEnvelopeCounter, type EnvelopeCounter } from "./envelope-counter.ts";
export { createEnvelopeSplitter, type EnvelopeListener, type EnvelopeSplitter } from "./envelope-splitter.ts";
export { envelopeFlags, envelopePrefix, envelopePrefixLength, writeEnvelope } from "./envelope.ts";
export type { Frame, MethodKind } from "./frame.ts";
export {
  decodeGrpcMessage,
  encodeGrpcMessage,
  hasGrpcStatus,
  isGrpcStatusName,
  maxGrpcMessageBytes,
  outcomeFromTrailers,
  trailersFromOutcome,
} from "./grpc-status.ts";
export { createGrpcWebTextDecoder, encodeGrpcWebText, type DecodedWebText, type GrpcWebTextDecoder } from "./grpc-web-text.ts";
export { isGrpcWebTrailers, parseGrpcWebTrailers, writeGrpcWebTrailers } from "./grpc-web.ts";
export { headerValue, type Header } from "./header.ts";
export {
  codeFromHttpStatus,
  codeFromName,
  codeNames,
  nameFromCode,
  outcomeOf,
  type CodeName,
  type Detail,
  type Outcome,
} from "./outcome.ts";
export { decodeRpcStatus, encodeRpcStatus } from "./rpc-status.ts";
export { connectTimeoutFrom, grpcTimeoutFrom, parseConnectTimeout, parseGrpcTimeout } from "./timeout.ts";
export { readTunnelMessage, type TunnelMessage, tunnelTypes, writeTunnelMessage } from "./tunnel-wire.ts";
