import { createClient } from "@connectrpc/connect";
import { GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { transport } from "./transport.ts";

const client = createClient(GatewayService, transport);

/** Has the gateway undo what a browser cannot: br and zstd. Rejects with the gateway's reason: broken bytes, or more than its message limit. */
export async function decompress(bytes: Uint8Array, encoding: string): Promise<Uint8Array> {
  const answer = await client.decompress({ bytes: new Uint8Array(bytes), encoding });
  return answer.bytes;
}
