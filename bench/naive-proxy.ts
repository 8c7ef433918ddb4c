// The proxy one writes in ten minutes: a connect-es router whose handlers call connect-es clients. The peer our relay must beat clearly.
// Usage: node bench/naive-proxy.ts BACKEND_URL
import { createServer as createHttp1 } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport } from "@connectrpc/connect-node";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";

const transport = createGrpcTransport({ baseUrl: process.argv[2] ?? "" });
const chat = createClient(Chat, transport);
const book = createClient(AddressBookService, transport);
const handler = connectNodeAdapter({
  routes: (router) => {
    router.service(Chat, { echoKitchenSink: (request, context) => chat.echoKitchenSink(request, { signal: context.signal }) });
    router.service(AddressBookService, { listPeople: (request, context) => book.listPeople(request, { signal: context.signal }) });
  },
});
const h2 = createHttp2(handler).listen(0, "127.0.0.1");
const h1 = createHttp1(handler).listen(0, "127.0.0.1");
for (const server of [h1, h2]) if (!server.listening) await new Promise((done) => server.once("listening", done));
console.log(`ready 127.0.0.1:${(h2.address() as AddressInfo).port} 127.0.0.1:${(h1.address() as AddressInfo).port}`);
