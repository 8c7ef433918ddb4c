// A front end of somebody else: stock connect-web clients that call a gateway from another origin, with credentials. e2e/cors.spec.ts loads it.
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { BadRequestSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";

/** Which gateway is called, in which protocol, and which server it is told to use. */
export interface ForeignCalls {
  readonly baseUrl: string;
  readonly protocol: "connect" | "connect-json" | "grpc-web";
  readonly target: string;
}

/** What the page got to read. */
export interface ForeignAnswers {
  readonly reply: string;
  readonly headers: readonly (string | null)[];
  readonly trailers: readonly (string | null)[];
  readonly rows: number;
  readonly streamTrailers: readonly (string | null)[];
  readonly error: { readonly code: number; readonly field: string | undefined; readonly trailer: string | null };
}

/** A unary call, a server stream and a call that fails, one after the other. Rejects with what the browser says when it may not. */
export async function callFromAfar({ baseUrl, protocol, target }: ForeignCalls): Promise<ForeignAnswers> {
  const transport = transportOf(baseUrl, protocol);
  const headers = { "rpcdeck-target": target, "x-echo-a": "1" };
  let [header, trailer, streamTrailer] = [new Headers(), new Headers(), new Headers()];
  const { message } = await createClient(Greeter, transport).sayHello(
    { name: "afar" },
    { headers, onHeader: (received) => (header = received), onTrailer: (received) => (trailer = received) },
  );
  const arith = createClient(Arith, transport);
  let rows = 0;
  for await (const _row of arith.table({ a: 7n, rows: 3 }, { headers, onTrailer: (received) => (streamTrailer = received) })) rows++;
  const error = await arith.div({ a: 1n, b: 0n }, { headers }).then(
    () => new ConnectError("the call succeeded"),
    (reason: unknown) => ConnectError.from(reason),
  );
  return {
    reply: message,
    headers: [header.get("x-echo-a"), header.get("rpcdeck-instance"), header.get("rpcdeck-attempts")],
    trailers: [trailer.get("x-trailer-a")],
    rows,
    streamTrailers: [streamTrailer.get("x-trailer-a")],
    error: {
      code: error.code,
      field: error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field,
      trailer: error.metadata.get("x-trailer-a"),
    },
  };
}

function transportOf(baseUrl: string, protocol: ForeignCalls["protocol"]): Transport {
  const options = {
    baseUrl,
    fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, { ...init, credentials: "include" as const }),
  };
  return protocol === "grpc-web"
    ? createGrpcWebTransport(options)
    : createConnectTransport({ ...options, useBinaryFormat: protocol === "connect" });
}
