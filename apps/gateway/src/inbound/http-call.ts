import {
  createEnvelopeSplitter,
  outcomeOf,
  type EnvelopeSplitter,
  type Frame,
  type Header,
  type MethodKind,
  type Outcome,
} from "@rpcdeck/frames";
import type { Call, CallChoices, CallHead, FrameListener } from "../call/call.ts";
import type { CallTrace } from "../call/trace.ts";
import { asSeenBy, outcomeFromFault } from "../errors/to-outcome.ts";
import type { Exchange } from "./exchange.ts";
import { describeBytes } from "./describe-bytes.ts";
import type { InboundLimits } from "./limits.ts";

/** What every HTTP codec's call is made of. */
export interface HttpCallOptions {
  readonly exchange: Exchange;
  readonly head: CallHead;
  /** The protocol in words. */
  readonly protocol: string;
  /** Content type of the answer's messages. */
  readonly contentType: string;
  readonly limits: InboundLimits;
  readonly trace: CallTrace | undefined;
  /** The caller is a browser: headers that act on our origin are left out of answers. */
  readonly browser: boolean;
}

/**
 * A {@link Call} over an {@link Exchange}. The base keeps the lifecycle (each thing at most once, nothing after the end), reads enveloped
 * request bodies and records the leg; a codec writes headers, frames and the end.
 */
export abstract class HttpCall implements Call {
  readonly path: string;
  readonly service: string;
  readonly method: string;
  readonly metadata: readonly Header[];
  readonly deadlineMs: number | undefined;
  readonly codec: string;
  readonly encoding: string;
  readonly acceptEncodings: readonly string[];
  readonly kind: MethodKind | undefined;
  readonly choices: CallChoices;
  readonly isGet: boolean;
  readonly protocol: string;
  readonly trace: CallTrace | undefined;
  onDrain: () => void = ignore;
  protected readonly exchange: Exchange;
  protected readonly options: HttpCallOptions;
  protected responded = false;
  protected splitter: EnvelopeSplitter | undefined;
  #over = false;
  #isPaused = false;
  #isBodyWhole = false;
  #bodyBytes = 0;
  #bodyTimer: NodeJS.Timeout | undefined;
  #onCancel: ((outcome: Outcome) => void) | undefined;
  #cancelled: Outcome | undefined;

  constructor(options: HttpCallOptions) {
    const { head, exchange } = options;
    this.path = head.path;
    this.service = head.service;
    this.method = head.method;
    this.metadata = head.metadata;
    this.deadlineMs = head.deadlineMs;
    this.codec = head.codec;
    this.encoding = head.encoding;
    this.acceptEncodings = head.acceptEncodings;
    this.kind = head.kind;
    this.choices = head.choices;
    this.isGet = head.isGet === true;
    this.protocol = options.protocol;
    this.trace = options.trace;
    this.exchange = exchange;
    this.options = options;
    this.trace?.headers("inbound", "request", [
      [":method", exchange.method],
      [":path", exchange.target],
      ...(exchange.host === undefined ? [] : [[":authority", exchange.host] as const]),
      ...exchange.headers,
    ]);
    exchange.onDrain = () => {
      if (!this.#over) this.onDrain();
    };
    exchange.onAbort = (note) => {
      this.#abort(note);
    };
  }

  get peer(): string | undefined {
    return this.exchange.peer;
  }

  listen(listener: FrameListener): void {
    if (
      !this.watchCancel((outcome) => {
        listener.onCancel(outcome);
      })
    )
      return;
    this.readBody(listener);
  }

  expectOneRequest(): void {
    if (this.#over || this.#isBodyWhole || this.#bodyTimer !== undefined) return;
    const { bodyIdleMs } = this.options.limits;
    this.#bodyTimer = setTimeout(() => {
      if (this.#isPaused) {
        this.#bodyTimer?.refresh(); // it is the backend that does not take more
        return;
      }
      const message = `request body made no progress for ${bodyIdleMs / 1000} s, the limit (--body-timeout), after ${describeBytes(this.#bodyBytes)}`;
      this.fail(outcomeFromFault("body_too_slow", message));
    }, bodyIdleMs);
  }

  pauseRequests(): void {
    this.#isPaused = true;
    this.splitter?.pause();
    this.exchange.pause();
  }

  resumeRequests(): void {
    this.#isPaused = false;
    this.#bodyTimer?.refresh();
    this.exchange.resume();
    this.splitter?.resume();
  }

  respond(headers: readonly Header[], encoding: string): void {
    if (this.#over || this.responded) return;
    this.responded = true;
    this.sendHeaders(headers, encoding);
  }

  write(frame: Frame): boolean {
    return this.#over ? true : this.sendFrame(frame);
  }

  end(outcome: Outcome): void {
    if (this.#over) return;
    this.#over = true;
    this.splitter?.stop();
    clearTimeout(this.#bodyTimer);
    this.sendEnd(outcome);
    this.trace?.end("inbound", "response");
    this.#finishTrace();
    // The relay's closures must not live as long as the exchange does.
    this.onDrain = ignore;
    this.#onCancel = undefined;
  }

  /** True once the call has ended or was cancelled. */
  protected get isOver(): boolean {
    return this.#over;
  }

  /** Registers who is told of a cancel; false (and told soon) when it has happened already. */
  protected watchCancel(onCancel: (outcome: Outcome) => void): boolean {
    const cancelled = this.#cancelled;
    if (cancelled !== undefined) {
      queueMicrotask(() => {
        onCancel(cancelled);
      });
      return false;
    }
    this.#onCancel = onCancel;
    return true;
  }

  /** Ends the call from this side: the caller gets the outcome as its answer, the relay as a cancel. */
  protected fail(outcome: Outcome): void {
    if (this.#over) return;
    this.trace?.aborted("inbound", "request", outcome.message);
    this.#cancelled = outcome;
    const onCancel = this.#onCancel;
    this.end(asSeenBy(this, outcome));
    onCancel?.(outcome);
  }

  /** Reads an enveloped body. */
  protected readBody(listener: FrameListener): void {
    const splitter = createEnvelopeSplitter(this.options.limits.maxMessageBytes, {
      onEnvelope: (flags, bytes) => {
        if (flags === 0) listener.onFrame({ compressed: false, bytes });
        else if (flags === 1 && this.encoding !== "identity") listener.onFrame({ compressed: true, bytes });
        else if (!this.isIgnoredEnvelope(flags)) this.fail(badFlags(flags));
      },
      onTooLarge: (size) => {
        this.fail(tooLarge(size, this.options.limits.maxMessageBytes));
      },
      onEnd: (leftover) => {
        if (leftover > 0) {
          this.fail(cutShort(leftover));
          return;
        }
        this.trace?.end("inbound", "request");
        listener.onEnd();
      },
    });
    this.splitter = splitter;
    this.exchange.readBody({
      onData: (chunk) => {
        this.takeBody(chunk);
        this.pushBody(chunk, splitter);
      },
      onEnd: () => {
        this.bodyIsWhole();
        this.endBody(splitter);
      },
    });
  }

  /** A chunk of the body came: recorded, and progress. */
  protected takeBody(chunk: Uint8Array): void {
    this.trace?.data("inbound", "request", chunk);
    this.#bodyBytes += chunk.length;
    this.#bodyTimer?.refresh();
  }

  /** The body's end came. */
  protected bodyIsWhole(): void {
    this.#isBodyWhole = true;
    clearTimeout(this.#bodyTimer);
  }

  /** A chunk of the body on its way to the splitter. */
  protected pushBody(chunk: Uint8Array, splitter: EnvelopeSplitter): void {
    splitter.push(chunk);
  }

  /** The body's end on its way to the splitter. */
  protected endBody(splitter: EnvelopeSplitter): void {
    splitter.end();
  }

  /** Request envelopes that a protocol allows and nobody needs. */
  protected isIgnoredEnvelope(_flags: number): boolean {
    return false;
  }

  protected abstract sendHeaders(headers: readonly Header[], encoding: string): void;
  protected abstract sendFrame(frame: Frame): boolean;
  /** `responded` says whether headers were sent. */
  protected abstract sendEnd(outcome: Outcome): void;

  #abort(note: string): void {
    if (this.#over) return;
    this.#over = true;
    this.splitter?.stop();
    clearTimeout(this.#bodyTimer);
    this.trace?.aborted("inbound", "response", note);
    this.#cancelled = outcomeOf("canceled", note);
    this.#onCancel?.(this.#cancelled);
    this.#finishTrace();
  }

  #finishTrace(): void {
    const { trace } = this;
    if (trace !== undefined)
      setImmediate(() => {
        trace.finish(); // after what the relay records of this event
      });
  }
}

/** The outcome of a message over the limit. */
export function tooLarge(size: number, limit: number): Outcome {
  return outcomeFromFault(
    "message_too_large",
    `request message of ${describeBytes(size)} is larger than the limit of ${describeBytes(limit)} (--max-message)`,
  );
}

/** The outcome of a body that ends inside a message. */
export function cutShort(leftover: number): Outcome {
  return outcomeFromFault("request_malformed", `request body ends inside a message, after ${leftover} of its bytes`);
}

function badFlags(flags: number): Outcome {
  if (flags === 1) return outcomeOf("internal", "request message is marked as compressed, but no compression was named in the headers");
  return outcomeFromFault("request_malformed", `request message has unknown flags 0x${flags.toString(16).padStart(2, "0")}`);
}

function ignore(): void {}
