// The "client under test" of the Connect conformance runner: the page's own call session, over the tunnel of a real gateway, to the servers
// of the suite. Which protocol is spoken to them is the gateway's business: the target names it. Environment: DESCRIPTORS.
import { fromBinary, fromJsonString, toJsonString, type DescMethod } from "@bufbuild/protobuf";
import { isKnownEncoding, type MethodKind } from "@rpcdeck/frames";
import { GatewayFaultSchema } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { compress, decompress } from "../apps/gateway/src/call/compression.ts";
import { startCall } from "../apps/web/src/data/call-session.ts";
import type { CallSession, CallSnapshot } from "../apps/web/src/data/call-state.ts";
import type { BrowserCodec, Draft, MessageEncoding } from "../apps/web/src/data/draft.ts";
import { createStreamSlots } from "../apps/web/src/data/stream-slots.ts";
import { createTunnelClient } from "../apps/web/src/data/tunnel-client.ts";
import { startGateway } from "../peers/programs.ts";
import type { MessageFields } from "./message-fields.ts";
import { readSizedMessages, sizedMessage } from "./sized-messages.ts";
import { readSuiteTypes } from "./suite-types.ts";

/** How many calls run side by side. */
const maxCalls = 16;
const schemes: Readonly<Record<number, string>> = { 1: "connect+http", 2: "grpc", 3: "grpc-web+http" };
const codecs: Readonly<Record<number, BrowserCodec>> = { 1: "proto", 2: "json" };
const encodings: Readonly<Record<number, MessageEncoding>> = { 1: "", 2: "gzip", 3: "br", 4: "zstd" };
/** Largest message after decompression: the suite's limit for clients. */
const maxMessageBytes = 1024 * 1024;
const kinds: Readonly<Record<DescMethod["methodKind"], MethodKind>> = {
  unary: "unary",
  server_streaming: "server-stream",
  client_streaming: "client-stream",
  bidi_streaming: "bidi",
};
const fullDuplex = 5;
const faultTypeUrl = `type.googleapis.com/${GatewayFaultSchema.typeName}`;

const descriptors = process.env["DESCRIPTORS"] ?? "";
const types = readSuiteTypes(descriptors);
const gateway = await startGateway(
  "--no-demo",
  "--no-embedded-registry",
  "--log-level",
  "error",
  "--descriptor-set",
  descriptors,
  "--max-message",
  String(maxMessageBytes),
);
const tunnel = createTunnelClient({ url: `${gateway.address.replace(/^http/u, "ws")}/-/tunnel`, token: () => undefined });
const running = new Set<Promise<void>>();
for await (const bytes of readSizedMessages(process.stdin)) {
  const call = answer(types.read("ClientCompatRequest", bytes)).finally(() => running.delete(call));
  running.add(call);
  if (running.size >= maxCalls) await Promise.race(running);
}
await Promise.all(running);
tunnel.close();
await gateway.stop();

async function answer(request: MessageFields): Promise<void> {
  const testName = request.text("test_name");
  const result = await makeCall(request).then(
    (value) => ({ case: "response", value }),
    (error: unknown) => ({ case: "error", value: { message: String(error) } }),
  );
  process.stdout.write(sizedMessage(types.write("ClientCompatResponse", { testName, result })));
}

/** Makes the call and answers a ClientResponseResult. */
async function makeCall(request: MessageFields): Promise<Record<string, unknown>> {
  const method = methodOf(request);
  const kind = kinds[method.methodKind];
  const codec = known(codecs, request.number("codec"), "codec");
  const messages = request.children("request_messages").map((any) => messageBytes(any, codec));
  const waitMs = request.number("request_delay_ms");
  const cancel = request.child("cancel");
  const isStreamed = kind === "client-stream" || kind === "bidi";
  if (!isStreamed && messages.length !== 1) throw new Error(`${messages.length} messages for a ${kind} method`);

  if (!isStreamed) await pause(waitMs);
  const session = startCall(draftFor(request, codec), {
    kind,
    first: isStreamed ? undefined : messages[0],
    origin: gateway.address,
    token: undefined,
    tunnel,
    slots: createStreamSlots(),
    // What the gateway's Compress and Decompress do for the page.
    compression: {
      compress: (bytes, encoding) => (isKnownEncoding(encoding) ? compress(bytes, encoding) : Promise.reject(new Error(encoding))),
      decompress: (bytes, encoding) => decompress(bytes, encoding, maxMessageBytes),
    },
    onFrame: queueMicrotask,
  });
  const cancelAfter = cancel?.has("after_num_responses") === true ? cancel.number("after_num_responses") : Number.POSITIVE_INFINITY;
  session.subscribe(() => {
    if (session.snapshot().receivedCount >= cancelAfter) session.cancel();
  });
  let unsent = 0;
  if (isStreamed) {
    const isFullDuplex = request.number("stream_type") === fullDuplex;
    for (const [at, message] of messages.entries()) {
      await pause(waitMs);
      if (session.snapshot().state.kind === "ended") {
        unsent = messages.length - at;
        break;
      }
      session.send(message);
      if (isFullDuplex) await until(session, ({ state, receivedCount }) => state.kind === "ended" || receivedCount > at);
    }
    if (cancel?.has("before_close_send") === true) session.cancel();
    else session.halfClose();
  }
  if (cancel?.has("after_close_send_ms") === true) {
    await Promise.race([pause(cancel.number("after_close_send_ms")), until(session, ({ state }) => state.kind === "ended")]);
    session.cancel();
  }
  const end = await until(session, ({ state }) => state.kind === "ended");
  return resultOf(end, method, unsent);
}

function draftFor(request: MessageFields, codec: BrowserCodec): Draft {
  const scheme = known(schemes, request.number("protocol"), "protocol");
  return {
    id: "",
    service: request.text("service"),
    method: request.text("method"),
    target: `${scheme}://${request.text("host")}:${request.number("port")}`,
    schemaId: undefined,
    protocol: "grpc",
    codec,
    message: new Uint8Array(),
    jsonText: undefined,
    lastGood: undefined,
    metadata: request
      .children("request_headers")
      .flatMap((header) => header.texts("value").map((value) => ({ name: header.text("name"), value, enabled: true }))),
    deadlineMs: request.has("timeout_ms") ? request.number("timeout_ms") : undefined,
    deadlineChosen: true,
    encoding: known(encodings, request.number("compression"), "compression"),
    select: undefined,
    fail: undefined,
    hedgeMs: undefined,
    useGet: false,
  };
}

function resultOf(snapshot: CallSnapshot, method: DescMethod, numUnsentRequests: number): Record<string, unknown> {
  if (snapshot.state.kind !== "ended") throw new Error("the call has not ended");
  const { outcome } = snapshot.state;
  const hasOneAnswer = method.methodKind === "unary" || method.methodKind === "client_streaming";
  const received = snapshot.messages.filter(({ direction }) => direction === "received");
  return {
    responseHeaders: headersOf(snapshot.responseHeaders),
    responseTrailers: headersOf(outcome.trailers),
    // One message or an error is what such a call answers, whatever came over the wire.
    payloads: (hasOneAnswer && outcome.code !== 0 ? [] : received).map(({ bytes }) => payloadOf(bytes, snapshot.codec, method)),
    ...(outcome.code === 0
      ? {}
      : {
          error: {
            code: outcome.code,
            message: outcome.message,
            // What the gateway says of its own faults to a caller that watches, which the page does, is beyond the suite.
            details: outcome.details
              .filter(({ typeUrl }) => typeUrl !== faultTypeUrl)
              .map(({ typeUrl, bytes: value }) => ({ typeUrl, value })),
          },
        }),
    numUnsentRequests,
  };
}

/** The `payload` of a response message, or an empty one. */
function payloadOf(bytes: Uint8Array, codec: BrowserCodec, { output }: DescMethod): unknown {
  const { registry } = types;
  const message = codec === "proto" ? fromBinary(output, bytes) : fromJsonString(output, new TextDecoder().decode(bytes), { registry });
  return types.fields(message).child("payload")?.message ?? {};
}

function messageBytes(any: MessageFields, codec: BrowserCodec): Uint8Array {
  const value = any.bytes("value");
  if (codec === "proto") return value;
  const { registry } = types;
  const type = registry.getMessage(any.text("type_url").replace(/^.*\//u, ""));
  if (type === undefined) throw new Error(`${any.text("type_url")} is in no descriptor`);
  return new TextEncoder().encode(toJsonString(type, fromBinary(type, value), { registry }));
}

function headersOf(headers: readonly (readonly [name: string, value: string])[]): Record<string, unknown>[] {
  return [...Map.groupBy(headers, ([name]) => name)].map(([name, entries]) => ({ name, value: entries.map(([, value]) => value) }));
}

function methodOf(request: MessageFields): DescMethod {
  const method = types.registry.getService(request.text("service"))?.methods.find(({ name }) => name === request.text("method"));
  if (method === undefined) throw new Error(`there is no ${request.text("service")}/${request.text("method")}`);
  return method;
}

function known<Value>(values: Readonly<Record<number, Value>>, number: number, what: string): Value {
  const value = values[number];
  if (value === undefined) throw new Error(`the page has no ${what} ${number}`);
  return value;
}

/** Waits until a snapshot of the call is as wanted. */
function until(session: CallSession, isWanted: (snapshot: CallSnapshot) => boolean): Promise<CallSnapshot> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isWanted(session.snapshot())) return;
      stop();
      resolve(session.snapshot());
    };
    const stop = session.subscribe(look);
    look();
  });
}

function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
