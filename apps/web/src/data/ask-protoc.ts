import { type DescMessage, type Registry } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { fileClosure } from "@rpcdeck/schema";
import { transport } from "./transport.ts";

const client = createClient(GatewayService, transport);

/** What protoc makes of a message. */
export type ProtocAnswer =
  | { readonly kind: "text"; readonly text: string; readonly warnings: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Has the gateway's protoc read a message. Rejects with the gateway's reason where protoc could not be asked. */
export async function askProtoc(
  bytes: Uint8Array,
  desc: DescMessage,
  options: { readonly registry: Registry | undefined; readonly signal: AbortSignal },
): Promise<ProtocAnswer> {
  const { registry, signal } = options;
  const request = { bytes: new Uint8Array(bytes), typeName: desc.typeName, files: fileClosure(desc, registry) };
  const { result, warnings } = await client.decodeWithProtoc(request, { signal });
  switch (result.case) {
    case "text":
      return { kind: "text", text: result.value, warnings };
    case "refusal":
      return { kind: "refused", reason: result.value };
    default:
      throw new Error("the gateway gave no answer");
  }
}
