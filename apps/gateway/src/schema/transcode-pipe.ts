import type { GatewayFaultCode } from "../errors/gateway-error.ts";
import type { Readable, Writable } from "node:stream";

// What goes through the pipe is: length of the head (uint32, big endian), head (JSON), bytes. Structured clones are half as fast at 16 MiB,
// and hold up the sender four times as long.

/** One message turned in a process of its own; it is followed by its bytes. */
export interface TranscodeJob {
  readonly registryId: number;
  /** Length of a serialized FileDescriptorSet before the message; 0 where the process has this registry. */
  readonly filesLength: number;
  readonly bytesLength: number;
  readonly type: string;
  readonly direction: "request" | "response";
}

/** What became of it; `done` is followed by its bytes. */
export type TranscodeResult =
  | { readonly kind: "done"; readonly bytesLength: number }
  | {
      readonly kind: "fault";
      readonly bytesLength: 0;
      readonly code: GatewayFaultCode;
      readonly message: string;
      readonly info: Readonly<Record<string, string>>;
    };

/** Writes a head and the bytes that follow it; whoever reads the pipe must know their lengths from the head. */
export function writeParts(pipe: Writable, head: TranscodeJob | TranscodeResult, parts: readonly Uint8Array[]): void {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(text.length);
  for (const part of [length, text, ...parts]) if (part.length > 0) pipe.write(part);
}

/** Reads what {@link writeParts} writes, in any pieces: each head, and its bytes together. */
export function readParts<Head>(pipe: Readable, bytesOf: (head: Head) => number, onParts: (head: Head, bytes: Buffer) => void): void {
  let head: Head | undefined;
  let state: "length" | "head" | "bytes" = "length";
  let wanted = Buffer.allocUnsafe(4);
  let filled = 0;

  function want(next: typeof state, length: number): void {
    state = next;
    wanted = Buffer.allocUnsafe(length);
    filled = 0;
  }

  function onFilled(): void {
    if (state === "length") return want("head", wanted.readUInt32BE());
    if (state === "head") {
      head = JSON.parse(wanted.toString()) as Head;
      want("bytes", bytesOf(head));
      if (wanted.length > 0) return;
    }
    const bytes = wanted;
    want("length", 4);
    onParts(head!, bytes);
  }

  pipe.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      const taken = chunk.copy(wanted, filled, at);
      at += taken;
      filled += taken;
      if (filled === wanted.length) onFilled();
    }
  });
}
