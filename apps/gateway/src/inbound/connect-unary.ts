import {
  httpStatusFromCode,
  outcomeOf,
  prefixUnaryTrailers,
  writeConnectError,
  type Frame,
  type Header,
  type Outcome,
} from "@rpcdeck/frames";
import type { FrameListener } from "../call/call.ts";
import { responseMetadata } from "../call/metadata.ts";
import { HttpCall, tooLarge, type HttpCallOptions } from "./http-call.ts";
import { acceptHeaderFor, statusLine } from "./response-headers.ts";

/** What keeps a browser that opens a GET's address from doing anything with the answer but show it. */
const getHeaders: readonly Header[] = [["content-security-policy", "default-src 'none'; frame-ancestors 'none'"]];

/**
 * A unary Connect call: the body is one message, the HTTP status the code, trailers are `trailer-` headers. So the answer waits for the
 * outcome. `getMessage` is the message of a GET.
 */
export class ConnectUnaryCall extends HttpCall {
  readonly #getMessage: Uint8Array | undefined;
  #headers: readonly Header[] = [];
  #encoding = "identity";
  #response: Frame | undefined;
  #responses = 0;

  constructor(options: HttpCallOptions, getMessage?: Uint8Array) {
    super(options);
    this.#getMessage = getMessage;
  }

  protected override readBody(listener: FrameListener): void {
    const compressed = this.encoding !== "identity";
    const { maxMessageBytes } = this.options.limits;
    if (this.#getMessage !== undefined) {
      const bytes = this.#getMessage;
      this.exchange.readBody({ onData: ignore, onEnd: ignore }); // sees the caller leave
      queueMicrotask(() => {
        if (this.isOver) return;
        this.trace?.end("inbound", "request");
        listener.onFrame({ compressed, bytes });
        if (!this.isOver) listener.onEnd();
      });
      return;
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    this.expectOneRequest();
    this.exchange.readBody({
      onData: (chunk) => {
        if (this.isOver) return;
        this.takeBody(chunk);
        size += chunk.length;
        if (size > maxMessageBytes) {
          this.fail(tooLarge(size, maxMessageBytes));
          return;
        }
        chunks.push(chunk);
      },
      onEnd: () => {
        if (this.isOver) return;
        this.bodyIsWhole();
        this.trace?.end("inbound", "request");
        const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, size);
        listener.onFrame({ compressed: compressed && size > 0, bytes });
        if (!this.isOver) listener.onEnd();
      },
    });
  }

  protected override sendHeaders(headers: readonly Header[], encoding: string): void {
    this.#headers = headers;
    this.#encoding = encoding;
  }

  protected override sendFrame(frame: Frame): boolean {
    this.#responses++;
    this.#response = frame;
    return true;
  }

  protected override sendEnd(outcome: Outcome): void {
    const { browser, contentType } = this.options;
    const final = this.#checked(outcome);
    const headers = this.responded ? this.#headers : final.headers;
    const head: Header[] = [["x-content-type-options", "nosniff"]];
    if (this.#getMessage !== undefined) head.push(...getHeaders);
    for (const header of responseMetadata(headers, browser)) head.push(header);
    for (const header of prefixUnaryTrailers(responseMetadata(final.trailers, browser))) head.push(header);
    if (final.code === 0 && this.#response !== undefined) {
      head.push(["content-type", contentType]);
      if (this.#response.compressed) head.push(["content-encoding", this.#encoding]);
      this.#answer(200, head, this.#response.bytes);
    } else {
      head.push(["content-type", "application/json"], ...acceptHeaderFor(final, this.encoding, "accept-encoding"));
      this.#answer(final.httpStatus ?? httpStatusFromCode(final.code), head, writeConnectError(final));
    }
  }

  #answer(status: number, head: readonly Header[], body: Uint8Array): void {
    this.trace?.headers("inbound", "response", [statusLine(status), ...head]);
    this.trace?.data("inbound", "response", body);
    this.exchange.answer(status, head, body);
  }

  /** A unary answer that is ok has exactly one message. */
  #checked(outcome: Outcome): Outcome {
    if (outcome.code !== 0 || this.#responses === 1) return outcome;
    const found = this.#responses === 0 ? "no message" : `${this.#responses} messages`;
    const { headers, trailers } = outcome;
    return {
      ...outcomeOf("unimplemented", `unary call ended with ${found} instead of one: the method may be a stream`),
      headers,
      trailers,
    };
  }
}

function ignore(): void {}
