import {
  createGrpcWebTextDecoder,
  encodeGrpcWebText,
  envelopeFlags,
  trailersFromOutcome,
  writeGrpcWebTrailers,
  type EnvelopeSplitter,
  type Frame,
  type Header,
  type Outcome,
} from "@rpcdeck/frames";
import { responseMetadata } from "../call/metadata.ts";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import { HttpCall, type HttpCallOptions } from "./http-call.ts";
import { acceptHeaderFor, statusLine } from "./response-headers.ts";
import { envelopeOf, writeEnvelopeTo } from "./write-envelope.ts";

/** A gRPC-Web call, binary or text. Trailers are the last frame of the body, also where there is nothing else. */
export class GrpcWebCall extends HttpCall {
  readonly #text: boolean;
  readonly #decoder = createGrpcWebTextDecoder();

  constructor(options: HttpCallOptions, mode: "binary" | "text") {
    super(options);
    this.#text = mode === "text";
  }

  protected override pushBody(chunk: Uint8Array, splitter: EnvelopeSplitter): void {
    if (!this.#text) {
      splitter.push(chunk);
      return;
    }
    const { bytes, brokenAt } = this.#decoder.push(chunk);
    if (brokenAt === undefined) splitter.push(bytes);
    else this.fail(outcomeFromFault("request_malformed", `request body of application/grpc-web-text is not base64 at byte ${brokenAt}`));
  }

  protected override endBody(splitter: EnvelopeSplitter): void {
    if (this.#text && !this.isOver) {
      const rest = this.#decoder.end();
      if (rest === undefined) {
        this.fail(outcomeFromFault("request_malformed", "request body of application/grpc-web-text ends inside a byte"));
        return;
      }
      splitter.push(rest);
    }
    splitter.end();
  }

  protected override isIgnoredEnvelope(flags: number): boolean {
    return (flags & envelopeFlags.grpcWebTrailers) !== 0; // a client may end its body with trailers; gRPC has none in requests
  }

  protected override sendHeaders(headers: readonly Header[], encoding: string): void {
    const head = this.#head(headers, encoding);
    this.trace?.headers("inbound", "response", [statusLine(200), ...head]);
    this.exchange.respond(200, head);
  }

  protected override sendFrame(frame: Frame): boolean {
    const flags = frame.compressed ? envelopeFlags.compressed : 0;
    if (!this.#text) return writeEnvelopeTo(this.exchange, flags, frame.bytes, this.trace);
    const text = encodeGrpcWebText(envelopeOf(flags, frame.bytes));
    this.trace?.data("inbound", "response", text);
    return this.exchange.write(text);
  }

  protected override sendEnd(outcome: Outcome): void {
    const { browser } = this.options;
    const trailers = writeGrpcWebTrailers(trailersFromOutcome({ ...outcome, trailers: responseMetadata(outcome.trailers, browser) }));
    const body = this.#text ? encodeGrpcWebText(trailers) : trailers;
    if (this.responded) {
      this.trace?.data("inbound", "response", body);
      this.exchange.end(body);
      return;
    }
    const head = [...this.#head(outcome.headers, "identity"), ...acceptHeaderFor(outcome, this.encoding, "grpc-accept-encoding")];
    this.trace?.headers("inbound", "response", [statusLine(200), ...head]);
    this.trace?.data("inbound", "response", body);
    this.exchange.answer(200, head, body);
  }

  #head(headers: readonly Header[], encoding: string): Header[] {
    const head: Header[] = [
      ["content-type", this.options.contentType],
      ["x-content-type-options", "nosniff"],
    ];
    if (encoding !== "identity" && encoding !== "") head.push(["grpc-encoding", encoding]);
    for (const header of responseMetadata(headers, this.options.browser)) head.push(header);
    return head;
  }
}
