import { writeConnectEndStream, type Frame, type Header, type Outcome } from "@rpcdeck/frames";
import { responseMetadata } from "../call/metadata.ts";
import { HttpCall } from "./http-call.ts";
import { acceptHeaderFor, statusLine } from "./response-headers.ts";
import { writeEnvelopeTo } from "./write-envelope.ts";

/** A streaming Connect call. Status and trailers are the last envelope of the body. */
export class ConnectStreamCall extends HttpCall {
  protected override sendHeaders(headers: readonly Header[], encoding: string): void {
    const head = this.#head(headers, encoding);
    this.trace?.headers("inbound", "response", [statusLine(200), ...head]);
    this.exchange.respond(200, head);
  }

  protected override sendFrame(frame: Frame): boolean {
    return writeEnvelopeTo(this.exchange, frame.compressed ? 1 : 0, frame.bytes, this.trace);
  }

  protected override sendEnd(outcome: Outcome): void {
    const end = writeConnectEndStream({ ...outcome, trailers: responseMetadata(outcome.trailers, this.options.browser) });
    if (this.responded) {
      this.trace?.data("inbound", "response", end);
      this.exchange.end(end);
      return;
    }
    const head = [...this.#head(outcome.headers, "identity"), ...acceptHeaderFor(outcome, this.encoding, "connect-accept-encoding")];
    this.trace?.headers("inbound", "response", [statusLine(200), ...head]);
    this.trace?.data("inbound", "response", end);
    this.exchange.answer(200, head, end);
  }

  #head(headers: readonly Header[], encoding: string): Header[] {
    const head: Header[] = [
      ["content-type", this.options.contentType],
      ["x-content-type-options", "nosniff"],
    ];
    if (encoding !== "identity" && encoding !== "") head.push(["connect-content-encoding", encoding]);
    for (const header of responseMetadata(headers, this.options.browser)) head.push(header);
    return head;
  }
}
