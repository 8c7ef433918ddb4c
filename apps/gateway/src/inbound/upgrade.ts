import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { WebSocketServer } from "ws";
import { routeOf } from "./dispatch.ts";
import { serveGrpcWebSocket } from "./grpc-websockets.ts";
import type { Guard } from "./guard.ts";
import { headersFrom } from "./h1-exchange.ts";
import type { HandleUpgrade } from "./listener.ts";
import { peerOf } from "./peer-of.ts";
import { maxTunnelPayload, serveTunnel, type Tunnel, type TunnelOptions } from "./tunnel.ts";

/** Path of the tunnel. */
export const tunnelPath = "/-/tunnel";
/** Subprotocol of the tunnel. */
export const tunnelSubprotocol = "rpcdeck.tunnel.v1";
const tokenSubprotocolPrefix = "rpcdeck-token.";
const grpcWebSocketsSubprotocol = "grpc-websockets";

/** WebSocket upgrades. */
export interface Upgrade {
  readonly handleUpgrade: HandleUpgrade;
  /** Open sockets. */
  count(): number;
  /** Tunnels close once their calls are over; other sockets carry one call each, and end with it. */
  drain(): void;
  /** Closes every socket. */
  closeAll(): void;
}

/** The tunnel, and grpc-websockets on method paths. `onRefusal` is told the HTTP status of what is turned away. */
export function createUpgrade(guard: Guard, options: TunnelOptions, onRefusal: (status: number) => void): Upgrade {
  const tunnels = new Set<Tunnel>();
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxTunnelPayload(options.limits),
    handleProtocols: (protocols) => [tunnelSubprotocol, grpcWebSocketsSubprotocol].find((name) => protocols.has(name)) ?? false,
  });
  return {
    handleUpgrade(request, socket, head) {
      const answer = (status: number, message: string): void => {
        onRefusal(status);
        answerUpgrade(socket, status, message);
      };
      socket.on("error", () => {}); // before ws has it, only a peer that is gone makes one
      const path = (request.url ?? "").split("?")[0] as string;
      const subprotocols = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
      const refusal = guard.check({
        http: "1.1",
        encrypted: (request.socket as TLSSocket).encrypted === true,
        method: request.method ?? "",
        path,
        host: request.headers.host,
        headers: headersFrom(request.rawHeaders),
        open: true, // a browser cannot send the token as a header here: it is checked below
      });
      if (refusal !== undefined) {
        answer(refusal.status, refusal.message);
        return;
      }
      if (options.isDraining()) {
        answer(503, "the gateway is ending and takes no new calls");
        return;
      }
      if (path === tunnelPath && subprotocols.includes(tunnelSubprotocol)) {
        if (!guard.isToken(tokenFrom(request, subprotocols))) {
          answer(401, "this gateway was started with --token; send it as the subprotocol rpcdeck-token.<base64url>");
          return;
        }
        server.handleUpgrade(request, socket, head, (webSocket) => {
          const tunnel = serveTunnel(webSocket, { ...options, peer: peerOf(request.socket) });
          tunnels.add(tunnel);
          webSocket.once("close", () => tunnels.delete(tunnel));
        });
      } else if (routeOf(path) === "rpc" && subprotocols.includes(grpcWebSocketsSubprotocol)) {
        server.handleUpgrade(request, socket, head, (webSocket) => {
          serveGrpcWebSocket(webSocket, path, guard, { ...options, peer: peerOf(request.socket), onRefusal });
        });
      } else answer(404, `no WebSocket at this path with this subprotocol; ${tunnelPath} has ${tunnelSubprotocol}`);
    },
    count: () => server.clients.size,
    drain() {
      for (const tunnel of tunnels) tunnel.drain();
    },
    closeAll() {
      for (const client of server.clients) client.close(1001, "the gateway is ending");
    },
  };
}

function tokenFrom(request: IncomingMessage, subprotocols: readonly string[]): string | undefined {
  const own = request.headers["rpcdeck-token"];
  if (typeof own === "string") return own;
  const named = subprotocols.find((name) => name.startsWith(tokenSubprotocolPrefix));
  return named === undefined ? undefined : Buffer.from(named.slice(tokenSubprotocolPrefix.length), "base64url").toString("utf8");
}

function answerUpgrade(socket: Duplex, status: number, message: string): void {
  const body = Buffer.from(`${message}\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n`;
  socket.end(`${head}content-length: ${body.length}\r\n\r\n${body.toString("utf8")}`);
}
