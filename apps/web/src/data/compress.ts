import { createClient } from "@connectrpc/connect";
import { GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { gzip } from "./streams-codec.ts";
import { transport } from "./transport.ts";

const client = createClient(GatewayService, transport);

/** Compresses a message: gzip in this browser; br and zstd, which no browser can write, through the gateway. Rejects when the gateway is away. */
export async function compress(bytes: Uint8Array, encoding: string): Promise<Uint8Array> {
  if (encoding === "gzip") return gzip(bytes);
  const answer = await client.compress({ bytes: new Uint8Array(bytes), encoding });
  return answer.bytes;
}
