import type { Header } from "@rpcdeck/frames";
import { GatewayError } from "../errors/gateway-error.ts";
import type { Exchange, ExchangeListener, ExchangeRequest } from "./exchange.ts";
import type { ClientStreamContext } from "./http2/client-stream.ts";

/** Opens a stream and sends the request's headers. Never throws; `onOpen` follows in the next turn. */
export function openH2Exchange(request: ExchangeRequest, context: ClientStreamContext, listener: ExchangeListener): Exchange {
  if (!sendable.test(request.path)) return unopened(context, listener);
  const head: Header[] = [
    [":method", "POST"],
    [":scheme", context.scheme],
    [":path", request.path],
    [":authority", context.authority],
    ...request.headers,
  ];
  context.onOpened();
  return context.connection.open(head, context, listener);
}

/** What a path may have as a header's value. Names and values of metadata were looked at by whoever made the request. */
const sendable = /^[\x21-\x7e\x80-\xff]+$/u;

function unopened({ address }: ClientStreamContext, listener: ExchangeListener): Exchange {
  let isOver = false;
  queueMicrotask(() => {
    if (isOver) return;
    const error = new GatewayError("backend_reset", `${address}: the path has a character that HTTP/2 cannot carry`);
    listener.onFault({ error, unseen: true, refused: undefined, resetCode: undefined });
  });
  return {
    write: () => true,
    end: () => undefined,
    cancel: () => (isOver = true),
    pause: () => undefined,
    resume: () => undefined,
  };
}
