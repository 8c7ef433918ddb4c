import net from "node:net";
import type { Exchange } from "./exchange.ts";
import { firstFrame, maxPassedFrameBytes, passingTypes, readValue, type PassedConnection, type PassedRequest } from "./passing.ts";
import { PassedExchange } from "./passed-exchange.ts";
import { peerIs } from "./peer-of.ts";

/** Where the lead takes what its workers pass on. */
export interface InsideServer {
  /** Opens the unix socket at `path`. Rejects with the system's error. */
  listen(path: string): Promise<void>;
  /** Takes nothing more, and cuts off what is open. */
  close(): void;
}

/** What becomes of what is passed on. */
export interface InsideOptions {
  readonly handle: (exchange: Exchange) => void;
  /** Takes a connection of HTTP/1.1 at its start, whose first request wants a WebSocket. */
  readonly handleConnection: (socket: net.Socket) => void;
}

/** The lead's side of `pass-on.ts`. */
export function createInsideServer(options: InsideOptions): InsideServer {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // "close" follows
    let read: Buffer = Buffer.alloc(0);
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
      const first = firstFrame(read);
      if (first === undefined && read.length > maxPassedFrameBytes) socket.destroy();
      if (first === undefined) return;
      socket.off("readable", onReadable);
      if (first.type === passingTypes.exchange) {
        options.handle(new PassedExchange(socket, readValue<PassedRequest>(first.payload), first.rest));
      } else if (first.type === passingTypes.upgrade) {
        const { peer, encrypted } = readValue<PassedConnection>(first.payload);
        peerIs(socket, peer);
        if (first.rest.length > 0) socket.unshift(first.rest);
        options.handleConnection(Object.assign(socket, { encrypted }));
      } else socket.destroy();
    };
    socket.on("readable", onReadable);
  });
  return {
    listen(path) {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(path, () => {
          server.off("error", reject);
          resolve();
        });
      });
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
