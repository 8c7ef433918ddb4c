import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethodServerStreaming,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { outcomeOf, type Outcome } from "@rpcdeck/frames";
import type { TunnelClient } from "./tunnel-client.ts";

/**
 * Opens a live feed of our own API over the tunnel: one request, many messages. `onEnd` is called once with how it ended, not after the
 * feed was stopped. Answers how to stop it.
 */
export function openFeed<I extends DescMessage, O extends DescMessage>(
  client: TunnelClient,
  method: DescMethodServerStreaming<I, O>,
  request: MessageInitShape<I>,
  listener: { readonly onMessage: (message: MessageShape<O>) => void; readonly onEnd: (outcome: Outcome) => void },
): () => void {
  const call = client.openCall(
    {
      path: `/${method.parent.typeName}/${method.name}`,
      metadata: [],
      timeoutMs: undefined,
      codec: "proto",
      encoding: "",
      acceptEncodings: [],
    },
    {
      onHeaders: () => {},
      onMessage({ bytes }) {
        call.grant(bytes.length + 1);
        let message: MessageShape<O>;
        try {
          message = fromBinary(method.output, bytes);
        } catch (error) {
          call.cancel();
          listener.onEnd(outcomeOf("internal", `${method.output.typeName} cannot be read: ${String(error)}`));
          return;
        }
        listener.onMessage(message);
      },
      onEnd: (outcome) => {
        listener.onEnd(outcome);
      },
    },
  );
  call.send({ compressed: false, bytes: toBinary(method.input, create(method.input, request)) });
  call.halfClose();
  return () => {
    call.cancel();
  };
}
