import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { ConnectError, createClient, type Client } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { startBackend, startRawH2, type RawH2Server, type TestBackend } from "@rpcdeck/testkit";
import { afterEach } from "vitest";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../test-gateway.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** For tests: a gateway that is closed after the test. */
export async function gatewayTo(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startTestGateway(options);
  cleanups.push(() => gateway[Symbol.asyncDispose]());
  return gateway;
}
/** For tests: a demo backend that is closed after the test. */
export async function backendOf(...args: Parameters<typeof startBackend>): Promise<TestBackend> {
  const backend = await startBackend(...args);
  cleanups.push(() => backend.close());
  return backend;
}
/** For tests: a hand-made backend that is closed after the test. */
export async function rawBackend(...args: Parameters<typeof startRawH2>): Promise<RawH2Server> {
  const server = await startRawH2(...args);
  cleanups.push(() => server.close());
  return server;
}
/** For tests: gRPC clients of a gateway. */
export function clients(gateway: TestGateway): {
  greeter: Client<typeof Greeter>;
  chat: Client<typeof Chat>;
  book: Client<typeof AddressBookService>;
} {
  const sessionManager = new Http2SessionManager(gateway.url);
  cleanups.push(() => sessionManager.abort());
  const transport = createGrpcTransport({ baseUrl: gateway.url, sessionManager });
  return {
    greeter: createClient(Greeter, transport),
    chat: createClient(Chat, transport),
    book: createClient(AddressBookService, transport),
  };
}
/** For tests: a raw gRPC stream to a gateway. */
export function rawCall(gateway: TestGateway, path = "/test.Raw/Call", headers: Record<string, string> = {}): ClientHttp2Stream {
  const session: ClientHttp2Session = http2.connect(gateway.url);
  session.on("error", () => {});
  cleanups.push(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...headers });
  stream.on("error", () => {});
  return stream;
}
/** For tests: the error a call ends with. */
export function failure(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => Promise.reject(new Error("the call succeeded")),
    (reason: unknown) => ConnectError.from(reason),
  );
}
/** For tests: an address where nobody listens. */
export async function goneAddress(): Promise<string> {
  const server = await startRawH2(() => {});
  await server.close();
  return server.address;
}
