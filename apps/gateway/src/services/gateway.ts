import { create } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { isKnownEncoding } from "@rpcdeck/frames";
import type { GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { compress, decompress } from "../call/compression.ts";
import { decodeWithProtoc, protocDecodeLimits } from "../schema/decode-with-protoc.ts";

/** What the gateway says about itself. */
export interface GatewayInfo {
  readonly version: string;
  /** Changes with every start. */
  readonly bootId: string;
  /** The address it listens on, once it does. */
  readonly listen: () => string;
  readonly maxMessageBytes: number;
  /** True when it runs the demo fleet. */
  readonly demo: boolean;
  /** Hash of the page it serves; empty without one. */
  readonly pageBuild: () => string;
  /** Callers may name unix: targets. */
  readonly unixTargets: boolean;
}

const failureCodes = {
  invalid: Code.InvalidArgument,
  "too-large": Code.ResourceExhausted,
  "too-slow": Code.DeadlineExceeded,
  unavailable: Code.Unimplemented,
} as const;

/** rpcdeck.v1.GatewayService. */
export function createGatewayService(info: GatewayInfo): ServiceImpl<typeof GatewayService> {
  return {
    getInfo: () => ({
      version: info.version,
      bootId: info.bootId,
      listen: info.listen(),
      maxMessageBytes: BigInt(info.maxMessageBytes),
      demo: info.demo,
      pageBuild: info.pageBuild(),
      unixTargets: info.unixTargets,
    }),
    async compress(request) {
      const { bytes, encoding } = request;
      if (!isKnownEncoding(encoding))
        throw new ConnectError(`encoding "${encoding}" is none of gzip, deflate, br and zstd`, Code.InvalidArgument);
      return { bytes: new Uint8Array(await compress(bytes, encoding)) };
    },
    async decompress(request) {
      return { bytes: new Uint8Array(await decompress(request.bytes, request.encoding, info.maxMessageBytes)) };
    },
    async decodeWithProtoc({ bytes, typeName, files = create(FileDescriptorSetSchema) }) {
      const decoded = await decodeWithProtoc({ bytes, typeName, files }, protocDecodeLimits);
      switch (decoded.kind) {
        case "text":
          return { result: { case: "text", value: decoded.text }, warnings: [...decoded.warnings] };
        case "refused":
          return { result: { case: "refusal", value: decoded.reason }, warnings: [...decoded.warnings] };
        case "failed":
          throw new ConnectError(decoded.problem, failureCodes[decoded.because]);
      }
    },
  };
}
