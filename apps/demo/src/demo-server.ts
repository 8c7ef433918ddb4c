import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { Health } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { createHealth, fixedReflection, registerReflection } from "@rpcdeck/services";
import { type Behaviour, behaviourInterceptor, goodBehaviour } from "./behaviour.ts";
import { createAddressBook } from "./services/address-book.ts";
import { createArith } from "./services/arith.ts";
import { createChat } from "./services/chat.ts";
import { createGreeter } from "./services/greeter.ts";

/** Which services a demo server has. */
export type DemoService = "greeter" | "arith" | "addressbook";

/** Full names of the protobuf services behind each; the first one is the name it registers under. */
export const demoServices: Readonly<Record<DemoService, readonly [string, ...string[]]>> = {
  greeter: [Greeter.typeName],
  arith: [Arith.typeName],
  addressbook: [AddressBookService.typeName, Chat.typeName],
};

/** What a demo server needs. */
export interface DemoServerOptions {
  /** Name of the instance, put into answers. */
  readonly name: string;
  readonly service: DemoService;
  /** FileDescriptorSet of everything compiled in, for reflection. */
  readonly descriptorSet: Uint8Array;
  /** Gives 0 up to 1; decides which calls fail. */
  readonly random?: () => number;
}

/** A running demo server. */
export interface DemoServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  setBehaviour(behaviour: Behaviour): void;
  /** Ends it, open calls included. */
  close(): Promise<void>;
}

/** Starts a server on a free loopback port that answers gRPC, gRPC-Web and Connect over h2c, with reflection and health. */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  let behaviour = goodBehaviour;
  const interceptors = [behaviourInterceptor(() => behaviour, options.random ?? Math.random)];

  function routes(router: ConnectRouter): void {
    switch (options.service) {
      case "greeter":
        router.service(Greeter, createGreeter(), { interceptors });
        break;
      case "arith":
        router.service(Arith, createArith(), { interceptors });
        break;
      case "addressbook":
        router.service(AddressBookService, createAddressBook({ servedBy: options.name }), { interceptors });
        router.service(Chat, createChat({ servedBy: options.name }), { interceptors });
        break;
    }
    const names = demoServices[options.service];
    registerReflection(router, fixedReflection(options.descriptorSet, [...names, Health.typeName]));
    const isServing = (service: string) => (names.includes(service) ? true : undefined);
    router.service(Health, createHealth({ isReady: () => true, isServing, onChange: () => () => {} }));
  }

  const sessions = new Set<ServerHttp2Session>();
  const server = createServer(connectNodeAdapter({ routes }));
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") {
    throw new Error("the server has no port");
  }

  return {
    address: `127.0.0.1:${bound.port}`,
    setBehaviour(next) {
      behaviour = next;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      sessions.forEach((session) => session.destroy());
      await closed;
    },
  };
}
