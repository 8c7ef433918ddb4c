import { maxHeaderBytes, maxHeaderFields } from "../exchange.ts";
import { errorCodes, frameFlags, frameTypes, Http2Fault } from "./frame.ts";
import { withoutPadding } from "./frame-input.ts";
import { type HeaderBlock, HpackDecoder } from "./hpack-decoder.ts";

/** Largest header block as it is on the wire, in bytes; its fields have limits of their own. */
export const maxBlockBytes: number = 256 * 1024;

/**
 * Puts the header blocks of a connection together from HEADERS and CONTINUATION, and decodes them. Blocks of streams that nobody waits for
 * any more are read too: the table depends on them. Throws {@link Http2Fault} for what breaks the protocol or a limit.
 */
export class HeaderBlockInput {
  readonly #decoder = new HpackDecoder({ maxFields: maxHeaderFields + 1, maxBytes: maxHeaderBytes });
  readonly #onBlock: (stream: number, block: HeaderBlock, isEnd: boolean) => void;
  #open: { readonly stream: number; readonly isEnd: boolean; readonly parts: Buffer[]; bytes: number } | undefined;

  /** `isEnd`: nothing follows on the stream. */
  constructor(onBlock: (stream: number, block: HeaderBlock, isEnd: boolean) => void) {
    this.#onBlock = onBlock;
  }

  /** Checks that this frame does not interrupt a block. Before every frame. */
  expect(type: number, stream: number): void {
    const open = this.#open;
    if (open === undefined ? type === frameTypes.continuation : type !== frameTypes.continuation || stream !== open.stream) {
      throw new Http2Fault(errorCodes.protocolError, "a header block that is interrupted");
    }
  }

  /** A HEADERS frame. */
  begin(flags: number, stream: number, payload: Buffer): void {
    let block = withoutPadding(payload, flags);
    if ((flags & frameFlags.priority) !== 0) block = block.subarray(5);
    const isEnd = (flags & frameFlags.endStream) !== 0;
    if ((flags & frameFlags.endHeaders) !== 0) return this.#onBlock(stream, this.#decoder.decode(block), isEnd);
    this.#open = { stream, isEnd, parts: [Buffer.from(block)], bytes: block.length };
  }

  /** A CONTINUATION frame. */
  continue(flags: number, payload: Buffer): void {
    const open = this.#open;
    if (open === undefined) throw new Http2Fault(errorCodes.protocolError, "CONTINUATION without headers");
    open.bytes += payload.length;
    if (open.bytes > maxBlockBytes) {
      throw new Http2Fault(errorCodes.enhanceYourCalm, `a header block of more than ${maxBlockBytes} bytes`);
    }
    open.parts.push(Buffer.from(payload));
    if ((flags & frameFlags.endHeaders) === 0) return;
    this.#open = undefined;
    this.#onBlock(open.stream, this.#decoder.decode(Buffer.concat(open.parts)), open.isEnd);
  }
}
