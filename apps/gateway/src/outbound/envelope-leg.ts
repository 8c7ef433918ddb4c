import {
  createEnvelopeSplitter,
  type EnvelopeListener,
  type EnvelopeSplitter,
  envelopeFlags,
  envelopePrefix,
  envelopePrefixLength,
  type Frame,
  type Header,
  type Outcome,
} from "@rpcdeck/frames";
import type { LegListener, OutboundCall, OutboundLeg, OutcomeFacts, RawOutbound } from "../call/call.ts";
import type { Instance } from "../catalog/instance.ts";
import type { GatewayFaultCode } from "../errors/gateway-error.ts";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import type { Connections } from "../net/connections.ts";
import { endpointOf } from "../net/endpoint.ts";
import type { Exchange, ExchangeFault, ExchangeListener } from "../net/exchange.ts";
import { outcomeFromExchangeFault } from "./fault-outcome.ts";
import { legProtocol } from "./leg-protocol.ts";
import { refuseLeg } from "./refuse-leg.ts";
import { appendMetadata } from "./request-headers.ts";

/** What response headers mean to a protocol. */
export type ReadHeaders =
  | { readonly kind: "answer"; readonly metadata: readonly Header[]; readonly encoding: string }
  /** The outcome is in the headers already; it counts once the body ends empty. `withBody` is what the headers are where it does not. */
  | { readonly kind: "trailers-only"; readonly outcome: Outcome; readonly withBody?: Extract<ReadHeaders, { kind: "answer" }> }
  | { readonly kind: "fault"; readonly outcome: Outcome };

/** A protocol whose bodies are enveloped messages in both directions. */
export interface EnvelopeProtocol {
  /** In words, such as "gRPC". */
  readonly name: string;
  /** The protocol's own request headers. */
  requestHeaders(call: OutboundCall): Header[];
  readHeaders(status: number, headers: readonly Header[], call: OutboundCall, address: string): ReadHeaders;
  /** Bits of the flag byte that say "this is not a message but the end". 0 where there is no such envelope. */
  readonly lastFlag: number;
  /** What the last envelope says; undefined when it is not readable. `compressed` ones come decompressed. */
  readLast(bytes: Uint8Array): Outcome | undefined;
  /** What HTTP trailers say; undefined when they say nothing. */
  readTrailers(trailers: readonly Header[]): Outcome | undefined;
  /** Undoes the compression of a last envelope. */
  decompress(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array>;
  /** True where tier 0 may pump the body untouched. */
  readonly hasRaw: boolean;
}

/** What every leg needs of its surroundings. */
export interface LegContext {
  readonly connections: Connections;
  /** Largest message in bytes, as it is on the wire. */
  readonly maxMessageBytes: number;
}

/** Frames up to this size are sent in one piece with their prefix, in bytes. Larger ones are not copied. */
const copyBelowBytes = 16 * 1024;

const backendAnswer = { unseen: false, local: false };
const wayFault = { unseen: false, local: true };

/** Carries a call in one streamed exchange of enveloped messages. */
export function openEnvelopeLeg(
  protocol: EnvelopeProtocol,
  context: LegContext,
  call: OutboundCall,
  instance: Instance,
  listener: LegListener,
): OutboundLeg {
  const headers = protocol.requestHeaders(call);
  const problem = appendMetadata(headers, call.metadata, instance);
  if (problem !== undefined) return refuseLeg(protocol.name, outcomeFromFault("request_malformed", problem), listener);
  return new EnvelopeLeg(protocol, context, call, instance, listener, headers);
}

/** A class, and its own listener of the exchange: it is made for every call, and closures would be most of its cost. */
class EnvelopeLeg implements OutboundLeg, ExchangeListener, EnvelopeListener {
  readonly raw?: RawOutbound;
  readonly #protocol: EnvelopeProtocol;
  readonly #context: LegContext;
  readonly #call: OutboundCall;
  readonly #instance: Instance;
  readonly #listener: LegListener;
  readonly #headers: readonly Header[];
  readonly #exchange: Exchange;
  #isOver = false;
  #encoding = "identity";
  #trailersOnly: Extract<ReadHeaders, { kind: "trailers-only" }> | undefined;
  #httpTrailers: readonly Header[] = [];
  #last: Outcome | undefined;
  #isDecompressing = false;
  #onRaw: ((bytes: Uint8Array) => void) | undefined;
  /** Made when it is needed: tier 0 does without. */
  #splitter: EnvelopeSplitter | undefined;

  constructor(
    protocol: EnvelopeProtocol,
    context: LegContext,
    call: OutboundCall,
    instance: Instance,
    listener: LegListener,
    headers: readonly Header[],
  ) {
    this.#protocol = protocol;
    this.#context = context;
    this.#call = call;
    this.#instance = instance;
    this.#listener = listener;
    this.#headers = headers;
    this.#exchange = context.connections.open(endpointOf(instance), { path: call.path, headers }, this);
    if (protocol.hasRaw) {
      this.raw = {
        wire: "grpc",
        listen: (onData) => {
          this.#onRaw = onData;
        },
        write: (bytes) => {
          call.trace?.data("outbound", "request", bytes);
          return this.#exchange.write(bytes);
        },
      };
    }
  }

  get protocol(): string {
    const endpoint = endpointOf(this.#instance);
    return legProtocol(this.#protocol.name, endpoint, this.#context.connections.versionOf(endpoint));
  }

  write(frame: Frame): boolean {
    if (this.#isOver) return true;
    const { trace } = this.#call;
    const { bytes } = frame;
    const flags = frame.compressed ? envelopeFlags.compressed : 0;
    if (bytes.length >= copyBelowBytes) {
      const prefix = envelopePrefix(flags, bytes.length);
      trace?.data("outbound", "request", prefix);
      trace?.data("outbound", "request", bytes);
      this.#exchange.write(prefix);
      return this.#exchange.write(bytes);
    }
    const envelope = Buffer.allocUnsafe(envelopePrefixLength + bytes.length);
    envelope[0] = flags;
    envelope.writeUInt32BE(bytes.length, 1);
    envelope.set(bytes, envelopePrefixLength);
    trace?.data("outbound", "request", envelope);
    return this.#exchange.write(envelope);
  }

  end(): void {
    if (this.#isOver) return;
    this.#call.trace?.end("outbound", "request");
    this.#exchange.end();
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#call.trace?.aborted("outbound", "request", "cancelled");
    this.#splitter?.stop();
    this.#exchange.cancel();
  }

  pauseResponses(): void {
    if (this.#onRaw === undefined) this.#splitterMade().pause();
    this.#exchange.pause();
  }

  resumeResponses(): void {
    if (!this.#isDecompressing) this.#splitter?.resume();
    this.#exchange.resume();
  }

  // What the exchange tells.

  onOpen(): void {
    this.#call.trace?.headers("outbound", "request", [[":method", "POST"], [":path", this.#call.path], ...this.#headers]);
    this.#listener.onOpen();
  }

  onHeaders(status: number, received: readonly Header[]): void {
    this.#call.trace?.headers("outbound", "response", [[":status", String(status)], ...received]);
    const read = this.#protocol.readHeaders(status, received, this.#call, this.#instance.address);
    switch (read.kind) {
      case "answer":
        return this.#answer(read);
      case "trailers-only":
        this.#trailersOnly = read;
        return;
      case "fault":
        this.#exchange.cancel();
        this.#finish(read.outcome, wayFault);
    }
  }

  onData(bytes: Uint8Array): void {
    this.#call.trace?.data("outbound", "response", bytes);
    if (this.#trailersOnly !== undefined && bytes.length > 0) {
      const { withBody } = this.#trailersOnly;
      if (withBody === undefined) return this.#malformed("sent messages after a status");
      this.#trailersOnly = undefined;
      this.#answer(withBody);
    }
    if (this.#onRaw === undefined) this.#splitterMade().push(bytes);
    else this.#onRaw(bytes);
  }

  onDrain(): void {
    if (!this.#isOver) this.#listener.onDrain();
  }

  /** Of the exchange: its trailers. Of the splitter: bytes left over from a message that did not end. */
  onEnd(end: readonly Header[] | number): void {
    if (typeof end === "number") return this.#settle(end);
    if (end.length > 0) this.#call.trace?.trailers("outbound", "response", end);
    this.#call.trace?.end("outbound", "response");
    this.#httpTrailers = end;
    if (this.#onRaw === undefined) this.#splitterMade().end();
    else this.#settle(0);
  }

  onFault(fault: ExchangeFault): void {
    this.#call.trace?.aborted("outbound", "response", fault.error.message);
    // A reset after the last message (some servers send one when the request had not ended) changes nothing.
    if (this.#last !== undefined) return this.#finish(this.#last, backendAnswer);
    this.#finish(outcomeFromExchangeFault(fault), {
      unseen: fault.unseen,
      local: true,
      ...(fault.refused === undefined ? {} : { refused: fault.refused }),
    });
  }

  // What the splitter tells.

  onEnvelope(flags: number, bytes: Uint8Array): void {
    if (this.#isOver) return;
    if ((flags & this.#protocol.lastFlag) !== 0) return this.#readLast(flags, bytes);
    if (this.#last !== undefined) return this.#malformed("sent a message after the end of the stream");
    if ((flags & ~envelopeFlags.compressed) !== 0) return this.#malformed(`sent a message with the reserved flags ${flags}`);
    const compressed = (flags & envelopeFlags.compressed) !== 0;
    if (compressed && this.#encoding === "identity") return this.#malformed("sent a compressed message without naming the compression");
    this.#listener.onFrame({ compressed, bytes });
  }

  onTooLarge(size: number): void {
    this.#malformed(
      `message of ${size} bytes is larger than the limit of ${this.#context.maxMessageBytes} bytes (--max-message)`,
      "message_too_large",
    );
  }

  #answer({ metadata, encoding }: Extract<ReadHeaders, { kind: "answer" }>): void {
    this.#encoding = encoding;
    this.#listener.onHeaders(metadata, encoding);
  }

  #splitterMade(): EnvelopeSplitter {
    return (this.#splitter ??= createEnvelopeSplitter(this.#context.maxMessageBytes, this));
  }

  #finish(outcome: Outcome, facts: OutcomeFacts): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#splitter?.stop();
    this.#listener.onOutcome(outcome, facts);
  }

  #malformed(why: string, code: GatewayFaultCode = "backend_malformed"): void {
    if (this.#isOver) return;
    this.#call.trace?.aborted("outbound", "response", why);
    this.#exchange.cancel();
    this.#finish(outcomeFromFault(code, `${this.#instance.address}: ${why}`), wayFault);
  }

  #settle(leftover: number): void {
    if (this.#isOver || this.#isDecompressing) return;
    const outcome = this.#last ?? this.#protocol.readTrailers(this.#httpTrailers) ?? this.#trailersOnly?.outcome;
    if (leftover > 0 && (outcome === undefined || outcome.code === 0)) {
      return this.#malformed(`ended in the middle of a message, after ${leftover} bytes of it`);
    }
    if (outcome === undefined) return this.#malformed("ended the answer without a status");
    this.#finish(outcome, backendAnswer);
  }

  #readLast(flags: number, bytes: Uint8Array): void {
    if (this.#last !== undefined || this.#isDecompressing) return this.#malformed("sent two end-of-stream messages");
    const take = (plain: Uint8Array): void => {
      this.#last = this.#protocol.readLast(plain);
      if (this.#last === undefined) this.#malformed("sent an end-of-stream message that is not one");
    };
    if ((flags & envelopeFlags.compressed) === 0) return take(bytes);
    this.#isDecompressing = true;
    this.#splitterMade().pause(); // what follows waits
    this.#protocol
      .decompress(bytes, this.#encoding, this.#context.maxMessageBytes)
      .then(take, () => {
        this.#malformed(`sent an end-of-stream message that is not ${this.#encoding}`);
      })
      .finally(() => {
        this.#isDecompressing = false;
        this.#splitter?.resume();
      });
  }
}
