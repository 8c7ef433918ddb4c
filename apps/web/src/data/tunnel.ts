import { useSyncExternalStore } from "react";
import { gatewayToken, onGatewayToken } from "./token.ts";
import { createTunnelClient, type TunnelClient, type TunnelState } from "./tunnel-client.ts";

let shared: TunnelClient | undefined;

/** The page's one tunnel. A new token opens a new one. */
export function tunnel(): TunnelClient {
  return (shared ??= createTunnelClient({ url: `${location.origin.replace(/^http/, "ws")}/-/tunnel`, token: gatewayToken }));
}

/** Ends the tunnel where it is not open: the gateway said why it lets nobody in, and asking again every few seconds changes nothing. */
export function dropTunnel(): void {
  // An open tunnel was let in with the token it had; the next use brings the new one.
  if (shared?.state().kind === "open") return;
  shared?.close();
  shared = undefined;
}

/** How the tunnel is. */
export function useTunnelState(): TunnelState {
  return useSyncExternalStore(subscribe, () => tunnel().state());
}

function subscribe(listener: () => void): () => void {
  let stop = tunnel().subscribe(listener);
  const stopToken = onGatewayToken(() => {
    stop();
    stop = tunnel().subscribe(listener);
    listener();
  });
  return () => {
    stop();
    stopToken();
  };
}

onGatewayToken(dropTunnel);
