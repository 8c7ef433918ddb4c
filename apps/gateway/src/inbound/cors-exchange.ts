import type { Header } from "@rpcdeck/frames";
import type { BodySink, Exchange } from "./exchange.ts";

/** Headers that a gRPC-Web client reads beside those of the answer at hand: where there are no messages, the status is in the headers. */
const grpcNames = ["grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "grpc-accept-encoding"] as const;
/** The same for Connect, unary and streaming. */
const connectNames = ["content-encoding", "connect-content-encoding", "connect-accept-encoding"] as const;
/** What the gateway says about every call. */
const ownNames = ["rpcdeck-instance", "rpcdeck-attempts"] as const;

/**
 * An exchange whose answers, refusals included, carry the headers for --allow-origin. To an allowed page they name every header that is sent,
 * `trailer-` ones too, and those that its protocol may send: `*` would not hold for requests with credentials (Fetch, CORS protocol).
 */
export class CorsExchange implements Exchange {
  readonly #exchange: Exchange;
  readonly #cors: readonly Header[];
  readonly #exposes: boolean;

  /** `cors` is what the guard says: with access-control-allow-origin where the page may read answers. */
  constructor(exchange: Exchange, cors: readonly Header[]) {
    this.#exchange = exchange;
    this.#cors = cors;
    this.#exposes = cors.some(([name]) => name === "access-control-allow-origin");
  }

  get http(): "1.1" | "2" {
    return this.#exchange.http;
  }
  get encrypted(): boolean {
    return this.#exchange.encrypted;
  }
  get method(): string {
    return this.#exchange.method;
  }
  get target(): string {
    return this.#exchange.target;
  }
  get host(): string | undefined {
    return this.#exchange.host;
  }
  get peer(): string | undefined {
    return this.#exchange.peer;
  }
  get headers(): readonly Header[] {
    return this.#exchange.headers;
  }
  set onAbort(listener: (note: string) => void) {
    this.#exchange.onAbort = listener;
  }
  set onDrain(listener: () => void) {
    this.#exchange.onDrain = listener;
  }

  readBody(sink: BodySink): void {
    this.#exchange.readBody(sink);
  }
  pause(): void {
    this.#exchange.pause();
  }
  resume(): void {
    this.#exchange.resume();
  }
  respond(status: number, headers: readonly Header[], trailers?: "trailers"): void {
    this.#exchange.respond(status, this.#with(headers), trailers);
  }
  answer(status: number, headers: readonly Header[], body?: Uint8Array): void {
    this.#exchange.answer(status, this.#with(headers), body);
  }
  write(bytes: Uint8Array): boolean {
    return this.#exchange.write(bytes);
  }
  end(bytes?: Uint8Array): void {
    this.#exchange.end(bytes);
  }
  endWithTrailers(trailers: readonly Header[]): void {
    this.#exchange.endWithTrailers(trailers);
  }
  destroy(): void {
    this.#exchange.destroy();
  }

  #with(headers: readonly Header[]): readonly Header[] {
    if (!this.#exposes) return [...headers, ...this.#cors];
    const names = new Set<string>(ownNames);
    let isGrpc = false;
    for (const [name, value] of headers) {
      if (name === "content-type" && value.startsWith("application/grpc")) isGrpc = true;
      if (!name.startsWith("access-control-")) names.add(name);
    }
    for (const name of isGrpc ? grpcNames : connectNames) names.add(name);
    return [...headers, ...this.#cors, ["access-control-expose-headers", [...names].join(", ")]];
  }
}
