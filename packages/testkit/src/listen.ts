import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";

/** A server on a loopback port. */
export interface TestServer {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Sockets open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Breaks off what is open and frees the port. */
  readonly close: () => Promise<void>;
}

/** Starts a server on 127.0.0.1. */
export function listen(server: Server | HttpServer | Http2Server | Http2SecureServer, port = 0): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // tests break connections on purpose
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.once("close", () => sessions.delete(session));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const bound = (server.address() as AddressInfo).port;
      resolve({
        port: bound,
        address: `127.0.0.1:${bound}`,
        sockets,
        close: () =>
          new Promise<void>((done) => {
            server.close(() => {
              done();
            });
            for (const session of sessions) session.destroy();
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}
