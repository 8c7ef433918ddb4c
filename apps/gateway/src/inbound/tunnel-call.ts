import { create, toBinary } from "@bufbuild/protobuf";
import { outcomeOf, type Frame, type Header, type MethodKind, type Outcome, tunnelTypes } from "@rpcdeck/frames";
import { TunnelCreditSchema, TunnelEndSchema, TunnelHeadersSchema, type TunnelStart } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import type { Call, CallChoices, FrameListener } from "../call/call.ts";
import { parseChoices } from "../call/choices.ts";
import { deadlineFrom } from "../call/deadline.ts";
import { requestMetadata } from "../call/metadata.ts";
import type { CallTrace } from "../call/trace.ts";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import { tooLarge } from "./http-call.ts";
import { envelopeOf } from "./write-envelope.ts";

/** Credit of each direction at START, in bytes of MSG payloads. */
export const tunnelCreditBytes = 1024 * 1024;
/** The page gets new credit in pieces of at least this, so that small messages do not each cause one. */
const creditPieceBytes = 256 * 1024;

/** The socket that a tunnelled call shares with others. */
export interface TunnelLine {
  send(call: number, type: number, payload: Uint8Array, flags?: number): void;
  /** True while more is queued on the socket than it should hold. */
  readonly isCongested: boolean;
  /** The call is over. */
  forget(call: number): void;
}

/** What a tunnelled call is made of. */
export interface TunnelCallOptions {
  readonly id: number;
  readonly start: TunnelStart;
  readonly line: TunnelLine;
  readonly trace: CallTrace | undefined;
  readonly maxMessageBytes: number;
  /** The other end of the tunnel. */
  readonly peer: string | undefined;
}

/** How tunnelled calls are called in traces. */
export const tunnelProtocol = "gRPC in the tunnel";

/**
 * A {@link Call} inside a tunnel. Request credit comes back to the page as the relay takes messages; response messages wait here while the
 * page's credit is used up.
 */
export class TunnelCall implements Call {
  readonly path: string;
  readonly service: string;
  readonly method: string;
  readonly metadata: readonly Header[];
  readonly deadlineMs: number | undefined;
  readonly codec: string;
  readonly encoding: string;
  readonly acceptEncodings: readonly string[];
  readonly kind: MethodKind | undefined = undefined;
  readonly choices: CallChoices;
  readonly protocol = tunnelProtocol;
  readonly peer: string | undefined;
  readonly trace: CallTrace | undefined;
  onDrain: () => void = ignore;
  readonly #id: number;
  readonly #line: TunnelLine;
  readonly #maxMessageBytes: number;
  #listener: FrameListener | undefined;
  #over = false;
  #responded = false;
  #cancelled: Outcome | undefined;
  // requests
  #waiting: Frame[] = [];
  #halfClosed: "no" | "waiting" | "told" = "no";
  #paused = false;
  #delivering = false;
  #uploadCredit = tunnelCreditBytes;
  #owed = 0;
  // responses
  #credit = tunnelCreditBytes;
  #queue: Frame[] = [];
  #full = false;
  #ending: Outcome | undefined;

  constructor(options: TunnelCallOptions) {
    const { start } = options;
    const headers = start.metadata.map(({ name, value }): Header => [name.toLowerCase(), value]);
    const slash = start.path.indexOf("/", 1);
    this.path = start.path;
    this.service = start.path.slice(1, slash);
    this.method = start.path.slice(slash + 1);
    this.metadata = requestMetadata(headers);
    this.deadlineMs = start.timeoutMs === undefined ? undefined : deadlineFrom(start.timeoutMs);
    this.codec = start.codec.toLowerCase() || "proto";
    this.encoding = start.encoding.toLowerCase() || "identity";
    this.acceptEncodings = start.acceptEncodings.map((name) => name.toLowerCase()).filter((name) => name !== "" && name !== "identity");
    this.choices = parseChoices(headers);
    this.trace = options.trace;
    this.peer = options.peer;
    this.#id = options.id;
    this.#line = options.line;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.trace?.headers("inbound", "request", [
      [":path", start.path],
      ["codec", this.codec],
      ...(start.timeoutMs === undefined ? [] : [["timeout-ms", String(start.timeoutMs)] as const]),
      ...(this.encoding === "identity" ? [] : [["encoding", this.encoding] as const]),
      ...(this.acceptEncodings.length === 0 ? [] : [["accept-encodings", this.acceptEncodings.join(",")] as const]),
      ...headers,
    ]);
  }

  listen(listener: FrameListener): void {
    const cancelled = this.#cancelled;
    if (cancelled !== undefined) {
      queueMicrotask(() => {
        listener.onCancel(cancelled);
      });
      return;
    }
    this.#listener = listener;
    queueMicrotask(() => {
      this.#deliver();
    });
  }

  pauseRequests(): void {
    this.#paused = true;
  }

  resumeRequests(): void {
    this.#paused = false;
    this.#deliver();
  }

  respond(headers: readonly Header[], encoding: string): void {
    if (this.#over || this.#responded) return;
    this.#sendHeaders(headers, encoding);
  }

  write(frame: Frame): boolean {
    if (this.#over || this.#ending !== undefined) return true;
    if (this.#credit <= 0 || this.#queue.length > 0) this.#queue.push(frame);
    else this.#sendFrame(frame);
    this.#full = this.#credit <= 0 || this.#line.isCongested;
    return !this.#full;
  }

  end(outcome: Outcome): void {
    if (this.#over || this.#ending !== undefined) return;
    this.#ending = outcome;
    this.#waiting = [];
    if (this.#queue.length === 0) this.#finish(outcome);
  }

  /** A MSG of the page. */
  takeMessage(payload: Uint8Array): void {
    if (this.#over || this.#ending !== undefined) return;
    const flags = payload[0];
    const size = payload.length - 1;
    if (flags === undefined || flags > 1 || this.#halfClosed !== "no") {
      const what =
        flags === undefined
          ? "an empty message"
          : flags > 1
            ? `a message with unknown flags 0x${flags.toString(16)}`
            : "a message after half-close";
      this.#fail(outcomeFromFault("request_malformed", `the tunnel got ${what}`));
    } else if (size > this.#maxMessageBytes) this.#fail(tooLarge(size, this.#maxMessageBytes));
    else if (flags === 1 && this.encoding === "identity") {
      this.#fail(outcomeOf("internal", "request message is marked as compressed, but no compression was named at its start"));
    } else if (this.#uploadCredit <= 0) {
      this.#fail(
        outcomeFromFault("request_malformed", `the tunnel got a message without credit for it, beyond ${tunnelCreditBytes} bytes`),
      );
    } else {
      this.#uploadCredit -= payload.length;
      const bytes = payload.subarray(1);
      this.trace?.data("inbound", "request", envelopeOf(flags, bytes));
      this.#waiting.push({ compressed: flags === 1, bytes });
      this.#deliver();
    }
  }

  /** HALF_CLOSE of the page. */
  takeHalfClose(): void {
    if (this.#halfClosed !== "no" || this.#over) return;
    this.#halfClosed = "waiting";
    this.trace?.end("inbound", "request");
    this.#deliver();
  }

  /** CREDIT of the page. */
  takeCredit(bytes: number): void {
    this.#credit += bytes;
    this.flush();
  }

  /** Sends what waited for credit or for the socket. */
  flush(): void {
    if (this.#over) return;
    while (this.#queue.length > 0 && this.#credit > 0 && !this.#line.isCongested) this.#sendFrame(this.#queue.shift() as Frame);
    if (this.#queue.length > 0) return;
    if (this.#ending !== undefined) this.#finish(this.#ending);
    else if (this.#full && this.#credit > 0 && !this.#line.isCongested) {
      this.#full = false;
      this.onDrain();
    }
  }

  /** CANCEL of the page, or the end of its socket. */
  cancel(note: string): void {
    if (this.#over) return;
    this.trace?.aborted("inbound", "response", note);
    this.#cancelled = outcomeOf("canceled", note);
    this.#stop();
    this.#listener?.onCancel(this.#cancelled);
  }

  #fail(outcome: Outcome): void {
    this.#cancelled = outcome;
    this.#queue = [];
    this.#finish(outcome);
    this.#listener?.onCancel(outcome);
  }

  #deliver(): void {
    const listener = this.#listener;
    if (listener === undefined || this.#delivering) return;
    this.#delivering = true;
    while (this.#waiting.length > 0 && !this.#paused && !this.#over) {
      const frame = this.#waiting.shift() as Frame;
      listener.onFrame(frame);
      this.#owed += frame.bytes.length + 1;
    }
    this.#delivering = false;
    if (this.#over) return;
    if (!this.#paused && this.#halfClosed === "no" && this.#owed >= creditPieceBytes) this.#grant();
    if (!this.#paused && this.#waiting.length === 0 && this.#halfClosed === "waiting") {
      this.#halfClosed = "told";
      listener.onEnd();
    }
  }

  #grant(): void {
    this.#uploadCredit += this.#owed;
    this.#line.send(
      this.#id,
      tunnelTypes.creditDown,
      toBinary(TunnelCreditSchema, create(TunnelCreditSchema, { bytes: BigInt(this.#owed) })),
    );
    this.#owed = 0;
  }

  #sendHeaders(headers: readonly Header[], encoding: string): void {
    this.#responded = true;
    const named = headers.map(([name, value]) => ({ name, value }));
    this.trace?.headers("inbound", "response", [...(encoding === "identity" ? [] : [["encoding", encoding] as const]), ...headers]);
    const message = create(TunnelHeadersSchema, { headers: named, encoding: encoding === "identity" ? "" : encoding });
    this.#line.send(this.#id, tunnelTypes.headersDown, toBinary(TunnelHeadersSchema, message));
  }

  #sendFrame(frame: Frame): void {
    const flags = frame.compressed ? 1 : 0;
    if (this.trace !== undefined) this.trace.data("inbound", "response", envelopeOf(flags, frame.bytes));
    this.#credit -= frame.bytes.length + 1;
    this.#line.send(this.#id, tunnelTypes.messageDown, frame.bytes, flags);
  }

  #finish(outcome: Outcome): void {
    if (!this.#responded && outcome.headers.length > 0) this.#sendHeaders(outcome.headers, "identity");
    const end = create(TunnelEndSchema, {
      code: outcome.code,
      message: outcome.message,
      details: outcome.details.map((detail) => ({ typeUrl: detail.typeUrl, value: detail.bytes })),
      trailers: outcome.trailers.map(([name, value]) => ({ name, value })),
    });
    this.#line.send(this.#id, tunnelTypes.endDown, toBinary(TunnelEndSchema, end));
    this.trace?.trailers("inbound", "response", [
      ["code", String(outcome.code)],
      ...(outcome.message === "" ? [] : [["message", outcome.message] as const]),
      ...outcome.trailers,
    ]);
    this.trace?.end("inbound", "response");
    this.#stop();
  }

  #stop(): void {
    this.#over = true;
    this.#waiting = [];
    this.#queue = [];
    this.#line.forget(this.#id);
    const { trace } = this;
    if (trace !== undefined)
      setImmediate(() => {
        trace.finish(); // after what the relay records of this event
      });
  }
}

function ignore(): void {}
