import type { GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { isKnownEncoding } from "@rpcdeck/frames";
import { compress, decompress } from "../call/compression.ts";

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
  };
}
