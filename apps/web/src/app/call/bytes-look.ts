import { parse } from "@rpcdeck/wire";
import type { MessageSchema } from "#data/message-break.ts";
import { createHexParts } from "#features/inspector/hex-parts.ts";
import { createChannels } from "#features/inspector/record-channel.ts";
import type { BytesLook } from "#features/request/hex-editor.tsx";

/** How the bytes of a message look: fields in their colours, as in the inspector. */
export function bytesLook({ desc, registry }: MessageSchema, message: Uint8Array): BytesLook {
  const index = parse(message, desc, registry === undefined ? {} : { registry });
  return {
    partAt: createHexParts(index, 0, createChannels(index)),
    rangeOf: (path) => index.find(path),
    pathAt: (offset) => {
      const record = index.partAt(offset)?.record;
      return record === undefined ? undefined : index.pathOf(record);
    },
  };
}
