import type { Header } from "@rpcdeck/frames";
import { defaultFrameBytes, frameFlags, frameTypes } from "./frame.ts";
import type { FrameOutput } from "./frame-output.ts";
import { HpackEncoder } from "./hpack-encoder.ts";

/** Writes the headers of a request: HEADERS, and CONTINUATION where one frame does not hold them. Texts are Latin-1. */
export function writeHeaders(output: FrameOutput, encoder: HpackEncoder, stream: number, head: readonly Header[]): void {
  const bound = HpackEncoder.boundOf(head);
  if (bound <= defaultFrameBytes) {
    const at = output.reserve(bound);
    const end = encoder.encode(head, output.buffer, at);
    return output.commit(frameTypes.headers, frameFlags.endHeaders, stream, end - at);
  }
  const whole = Buffer.allocUnsafe(bound);
  const block = whole.subarray(0, encoder.encode(head, whole, 0));
  for (let from = 0; from < block.length; from += defaultFrameBytes) {
    const part = block.subarray(from, from + defaultFrameBytes);
    const at = output.reserve(part.length);
    part.copy(output.buffer, at);
    const flags = from + part.length === block.length ? frameFlags.endHeaders : 0;
    output.commit(from === 0 ? frameTypes.headers : frameTypes.continuation, flags, stream, part.length);
  }
}
