import type { Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { gatewayToken } from "./token.ts";

const withToken: Interceptor = (next) => (request) => {
  const token = gatewayToken();
  if (token !== undefined) request.header.set("rpcdeck-token", token);
  return next(request);
};

/** Carries the page's own API, rpcdeck.v1, and nothing else: user calls go through call sessions (decision 1). */
export const transport = createConnectTransport({
  baseUrl: location.origin,
  useBinaryFormat: true,
  interceptors: [withToken],
});
