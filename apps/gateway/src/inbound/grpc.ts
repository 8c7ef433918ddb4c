import { createEnvelopeCounter, trailersFromOutcome, type Frame, type Header, type Outcome } from "@rpcdeck/frames";
import type { RawInbound, RawListener } from "../call/call.ts";
import { responseMetadata } from "../call/metadata.ts";
import { cutShort, HttpCall, tooLarge } from "./http-call.ts";
import { acceptHeaderFor, statusLine } from "./response-headers.ts";
import { writeEnvelopeTo } from "./write-envelope.ts";

/** A gRPC call over HTTP/2. Its body can be pumped untouched (`raw`). An end without headers is a trailers-only answer. */
export class GrpcCall extends HttpCall {
  #raw: RawInbound | undefined;

  get raw(): RawInbound {
    this.#raw ??= {
      wire: "grpc",
      listen: (listener) => {
        this.#listenRaw(listener);
      },
      respond: (headers, encoding) => {
        this.respond(headers, encoding);
      },
      write: (bytes) => {
        if (this.isOver) return true;
        this.trace?.data("inbound", "response", bytes);
        return this.exchange.write(bytes);
      },
    };
    return this.#raw;
  }

  protected override sendHeaders(headers: readonly Header[], encoding: string): void {
    const head = this.#head(headers, encoding);
    this.trace?.headers("inbound", "response", [statusLine(200), ...head]);
    this.exchange.respond(200, head, "trailers");
  }

  protected override sendFrame(frame: Frame): boolean {
    return writeEnvelopeTo(this.exchange, frame.compressed ? 1 : 0, frame.bytes, this.trace);
  }

  protected override sendEnd(outcome: Outcome): void {
    const { browser } = this.options;
    const trailers = trailersFromOutcome({ ...outcome, trailers: responseMetadata(outcome.trailers, browser) });
    if (!this.responded) {
      if (outcome.headers.every(([name]) => name.startsWith("rpcdeck-"))) {
        const head = [
          ...this.#head(outcome.headers, "identity"),
          ...acceptHeaderFor(outcome, this.encoding, "grpc-accept-encoding"),
          ...trailers,
        ];
        this.trace?.headers("inbound", "response", [statusLine(200), ...head]);
        this.exchange.answer(200, head);
        return;
      }
      this.sendHeaders(outcome.headers, "identity");
    }
    this.trace?.trailers("inbound", "response", trailers);
    this.exchange.endWithTrailers(trailers);
  }

  #head(headers: readonly Header[], encoding: string): Header[] {
    const head: Header[] = [["content-type", this.options.contentType]];
    if (encoding !== "identity" && encoding !== "") head.push(["grpc-encoding", encoding]);
    for (const header of responseMetadata(headers, this.options.browser)) head.push(header);
    return head;
  }

  #listenRaw(listener: RawListener): void {
    if (
      !this.watchCancel((outcome) => {
        listener.onCancel(outcome);
      })
    )
      return;
    const limit = this.options.limits.maxMessageBytes;
    const counter = createEnvelopeCounter(limit);
    this.exchange.readBody({
      onData: (chunk) => {
        if (this.isOver) return;
        this.takeBody(chunk);
        const size = counter.push(chunk);
        if (size === undefined) listener.onData(chunk);
        else this.fail(tooLarge(size, limit));
      },
      onEnd: () => {
        if (this.isOver) return;
        this.bodyIsWhole();
        if (!counter.atBoundary) {
          this.fail(cutShort(0));
          return;
        }
        this.trace?.end("inbound", "request");
        listener.onEnd();
      },
    });
  }
}
