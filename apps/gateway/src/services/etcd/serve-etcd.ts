import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createEmbeddedEtcd, type EmbeddedEtcd, type EmbeddedEtcdOptions } from "./embedded-etcd.ts";

/** The embedded registry on a port of its own. */
export interface ServedEtcd {
  readonly etcd: EmbeddedEtcd;
  /** `127.0.0.1:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** For tests: an embedded registry behind a bare h2c server; port 0 picks one. */
export async function serveEtcd(options: EmbeddedEtcdOptions = {}, port = 0): Promise<ServedEtcd> {
  let address = "";
  const etcd = createEmbeddedEtcd({ clientUrls: () => [`http://${address}`], ...options });
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer(connectNodeAdapter({ routes: etcd.routes }));
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  address = `127.0.0.1:${bound !== null && typeof bound === "object" ? bound.port : 0}`;
  return {
    etcd,
    address,
    async close() {
      etcd.close();
      const closed = once(server, "close");
      server.close();
      sessions.forEach((session) => session.destroy());
      await closed;
    },
  };
}
