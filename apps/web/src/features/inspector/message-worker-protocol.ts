import type { Prepared, SizeEntry, Validation } from "@rpcdeck/wire";

/** What the page tells the worker that reads a large message. */
export type ToMessageWorker =
  | {
      readonly kind: "open";
      readonly byteLength: number;
      /** Every file of the schema as a FileDescriptorProto. */
      readonly files: readonly Uint8Array[];
      /** Undefined reads without a message type. */
      readonly typeName: string | undefined;
      /** The page has a registry to resolve extensions with. */
      readonly hasRegistry: boolean;
      /** Added to offsets that findings name in words. */
      readonly origin: number;
    }
  /** The next `length` bytes, in a buffer that comes back with the wish for more. */
  | { readonly kind: "piece"; readonly buffer: Uint8Array<ArrayBuffer>; readonly length: number };

/** What the worker tells the page, in this order. */
export type FromMessageWorker =
  /** Wants the piece from here, in the buffer that brought the last one. */
  | { readonly kind: "more"; readonly from: number; readonly buffer: Uint8Array<ArrayBuffer> | undefined }
  /** The tree can be drawn, or why it cannot. */
  | { readonly kind: "prepared"; readonly prepared: Prepared | { readonly problem: string } }
  /** Walked so far, with what has been found so far. */
  | { readonly kind: "checking"; readonly doneBytes: number; readonly validation: Validation }
  | { readonly kind: "checked"; readonly validation: Validation; readonly tookMs: number }
  | { readonly kind: "sizing"; readonly doneBytes: number }
  /** The last one. */
  | { readonly kind: "sized"; readonly sizes: readonly SizeEntry[]; readonly tookMs: number }
  | { readonly kind: "failed"; readonly reason: string };
