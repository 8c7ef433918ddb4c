import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import type { FeedCarrier } from "./live-feed.ts";
import { transport } from "./transport.ts";
import { openFeed } from "./tunnel-feed.ts";
import { dropTunnel, tunnel } from "./tunnel.ts";

/** Time to wait for the answer whether a token is wanted. */
const probeTimeoutMs = 3_000;

const client = createClient(GatewayService, transport);

/** Carries feeds over the tunnel (decision 2). A refused WebSocket does not say why, so a small request asks for the reason. */
export const tunnelCarrier: FeedCarrier = {
  open: (method, listener) =>
    openFeed(tunnel(), method, {} as never, {
      onMessage: (message) => {
        listener.onMessage(message);
      },
      onEnd: (outcome) => {
        listener.onEnd(outcome.code === 0 ? "the gateway ended the feed" : outcome.message);
      },
    }),
  onReturn(listener) {
    const onVisible = () => {
      if (document.visibilityState === "visible") listener();
    };
    addEventListener("online", listener);
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      removeEventListener("online", listener);
      document.removeEventListener("visibilitychange", onVisible);
    };
  },
  async wantsToken(signal) {
    try {
      await client.getInfo({}, { signal, timeoutMs: probeTimeoutMs });
      return false;
    } catch (error) {
      const wanted = ConnectError.from(error).code === Code.Unauthenticated;
      if (wanted) dropTunnel();
      return wanted;
    }
  },
};
