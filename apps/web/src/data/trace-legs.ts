import { headerValue, parseConnectGet, parseRpcContentType, type Header } from "@rpcdeck/frames";
import { Direction, Leg, TraceEvent_Kind, type TraceEvent } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";

/** How messages are cut out of a body. "none": the body is one message. */
export type TraceFraming = "none" | "grpc" | "grpc-web" | "grpc-web-text" | "connect-stream";

/** The body of one direction of one leg, as it went over the wire. The same object until it changes. */
export interface TraceBody {
  readonly bytes: Uint8Array;
  readonly framing: TraceFraming;
  readonly codec: "proto" | "json";
  /** What compressed messages are compressed with; "" for nothing. */
  readonly encoding: string;
  /** Bytes that were seen and not kept; they are missing at the end. */
  readonly droppedBytes: number;
  readonly isComplete: boolean;
}

/** One leg of a call as the gateway recorded it. The outbound one is that of the attempt that was answered, else of the newest one. */
export interface TraceLeg {
  /** In the gateway's words, such as "Connect over HTTP/1.1"; "" before the first event. */
  readonly protocol: string;
  readonly instanceId: string;
  readonly address: string;
  readonly requestHeaders: readonly Header[];
  readonly responseHeaders: readonly Header[];
  readonly responseTrailers: readonly Header[];
  /** Undefined before the leg was opened in this direction. */
  readonly request: TraceBody | undefined;
  readonly response: TraceBody | undefined;
}

/** Both legs of a call. */
export interface TraceLegs {
  readonly inbound: TraceLeg;
  readonly outbound: TraceLeg;
}

/** Puts a growing trace together: asked again, it reads only what is new. */
export function createTraceReader(): (trace: readonly TraceEvent[]) => TraceLegs {
  let read = 0;
  let inbound = createLegReader();
  let outbound = createAttemptsReader();
  let legs: TraceLegs = { inbound: inbound.leg(), outbound: outbound.leg() };
  return (trace) => {
    if (read === trace.length) return legs;
    if (trace.length < read) {
      read = 0;
      inbound = createLegReader();
      outbound = createAttemptsReader();
    }
    for (; read < trace.length; read++) {
      const event = trace[read];
      if (event === undefined) continue;
      if (event.leg === Leg.OUTBOUND) outbound.take(event);
      else inbound.take(event);
    }
    legs = { inbound: inbound.leg(), outbound: outbound.leg() };
    return legs;
  };
}

/** The headers of a HEADERS or TRAILERS event. */
export function headersOfEvent(event: Pick<TraceEvent, "bytes">): Header[] {
  const headers: Header[] = [];
  for (const line of new TextDecoder().decode(event.bytes).split("\r\n")) {
    // A pseudo header begins with a colon of its own.
    const colon = line.indexOf(":", 1);
    if (colon > 0) headers.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return headers;
}

/** The outbound leg, of which a hedged call has two at a time. */
function createAttemptsReader() {
  const readers = new Map<number, ReturnType<typeof createLegReader>>();
  let shown = createLegReader();
  let isAnswered = false;
  return {
    take(event: TraceEvent): void {
      if (event.kind === TraceEvent_Kind.ATTEMPT) {
        const reader = createLegReader();
        readers.set(event.attempt, reader);
        if (!isAnswered) shown = reader;
      }
      const reader = readers.get(event.attempt) ?? shown;
      if (event.kind === TraceEvent_Kind.HEADERS && event.direction === Direction.RESPONSE && !isAnswered) {
        isAnswered = true;
        shown = reader;
      }
      reader.take(event);
    },
    leg: (): TraceLeg => shown.leg(),
  };
}

function createLegReader() {
  let protocol = "";
  let instanceId = "";
  let address = "";
  let requestHeaders: readonly Header[] = [];
  let responseHeaders: readonly Header[] = [];
  let responseTrailers: readonly Header[] = [];
  const request = createBodyReader();
  const response = createBodyReader();
  return {
    take(event: TraceEvent): void {
      if (event.protocol !== "") protocol = event.protocol;
      const isRequest = event.direction === Direction.REQUEST;
      const body = isRequest ? request : response;
      switch (event.kind) {
        case TraceEvent_Kind.ATTEMPT:
          instanceId = event.instanceId;
          address = event.address;
          return;
        case TraceEvent_Kind.HEADERS: {
          const headers = headersOfEvent(event);
          if (isRequest) requestHeaders = headers;
          else responseHeaders = headers;
          body.describe(describe(headers, event.protocol, isRequest ? undefined : requestHeaders));
          if (isRequest) {
            const get = messageOfGet(headers);
            if (get !== undefined) body.add(get, 0);
          }
          return;
        }
        case TraceEvent_Kind.DATA:
          body.add(event.bytes, Number(event.dropped));
          return;
        case TraceEvent_Kind.TRAILERS:
          if (!isRequest) responseTrailers = headersOfEvent(event);
          return;
        case TraceEvent_Kind.END:
        case TraceEvent_Kind.ABORTED:
          body.end();
          return;
        case TraceEvent_Kind.UNSPECIFIED:
      }
    },
    leg: (): TraceLeg => ({
      protocol,
      instanceId,
      address,
      requestHeaders,
      responseHeaders,
      responseTrailers,
      request: request.body(),
      response: response.body(),
    }),
  };
}

type Description = Pick<TraceBody, "framing" | "codec" | "encoding">;

function createBodyReader() {
  let buffer = new Uint8Array();
  let length = 0;
  let dropped = 0;
  let ended = false;
  let described: Description | undefined;
  let last: TraceBody | undefined;
  return {
    describe(next: Description): void {
      described = next;
      last = undefined;
    },
    add(bytes: Uint8Array, droppedBytes: number): void {
      last = undefined;
      dropped += droppedBytes;
      if (length + bytes.length > buffer.length) {
        const larger = new Uint8Array(Math.max(length + bytes.length, buffer.length * 2));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(bytes, length);
      length += bytes.length;
    },
    end(): void {
      if (!ended) last = undefined;
      ended = true;
    },
    body(): TraceBody | undefined {
      if (described === undefined) return undefined;
      return (last ??= { bytes: buffer.subarray(0, length), ...described, droppedBytes: dropped, isComplete: ended });
    },
  };
}

/** How a body is read, from its headers. In the tunnel the answer's codec is the request's. */
function describe(headers: readonly Header[], protocol: string, asked: readonly Header[] | undefined): Description {
  if (protocol.includes("tunnel")) {
    const codec = headerValue(headers, "codec") ?? headerValue(asked ?? [], "codec");
    return { framing: "grpc", codec: codec === "json" ? "json" : "proto", encoding: headerValue(headers, "encoding") ?? "" };
  }
  const type = parseRpcContentType(headerValue(headers, "content-type") ?? "");
  const get = headerValue(headers, ":method") === "GET" ? parseConnectGet(queryOf(headers)) : undefined;
  if (get?.kind === "get") return { framing: "none", codec: get.get.codec === "json" ? "json" : "proto", encoding: get.get.encoding };
  const codec = type?.codec === "json" || (type === undefined && asked !== undefined) ? "json" : "proto";
  switch (type?.protocol) {
    case "grpc":
    case "grpc-web":
    case "grpc-web-text":
      return { framing: type.protocol, codec, encoding: headerValue(headers, "grpc-encoding") ?? "" };
    case "connect-stream":
      return { framing: "connect-stream", codec, encoding: headerValue(headers, "connect-content-encoding") ?? "" };
    case "connect-unary":
    case undefined:
      return { framing: "none", codec, encoding: headerValue(headers, "content-encoding") ?? "" };
  }
}

function queryOf(headers: readonly Header[]): string {
  return (headerValue(headers, ":path") ?? "").split("?")[1] ?? "";
}

/** The message of a Connect GET, which is in the address. */
function messageOfGet(headers: readonly Header[]): Uint8Array | undefined {
  if (headerValue(headers, ":method") !== "GET") return undefined;
  const query = parseConnectGet(queryOf(headers));
  return query.kind === "get" ? query.get.message : undefined;
}
