import type { LoggedMessage } from "./call-state.ts";

/** How much of a stream the page keeps (decision 25). */
export const logLimits = { maxMessages: 100_000, maxBytes: 64 * 1024 * 1024 } as const;

/** Old messages leave in blocks of this many, so that a full log does not move all others for each new one. */
const dropBlock = 1_000;

/** Keeps the newest messages of a call and counts all. */
export interface MessageLog {
  /** Grows in place. */
  readonly messages: readonly LoggedMessage[];
  readonly counts: {
    readonly sent: number;
    readonly received: number;
    readonly sentBytes: number;
    readonly receivedBytes: number;
    readonly dropped: number;
  };
  /** Counts a message, and keeps it unless `countOnly` is set. */
  add(direction: "sent" | "received", bytes: Uint8Array, wireSize: number, at: number): void;
  countOnly: boolean;
}

/** An empty log. */
export function createMessageLog(limits: { readonly maxMessages: number; readonly maxBytes: number } = logLimits): MessageLog {
  const messages: LoggedMessage[] = [];
  const counts = { sent: 0, received: 0, sentBytes: 0, receivedBytes: 0, dropped: 0 };
  let keptBytes = 0;

  const dropOldest = (count: number) => {
    for (const message of messages.splice(0, count)) keptBytes -= message.bytes.length;
    counts.dropped += count;
  };

  return {
    messages,
    counts,
    countOnly: false,
    add(direction, bytes, wireSize, at) {
      const number = direction === "sent" ? ++counts.sent : ++counts.received;
      if (direction === "sent") counts.sentBytes += wireSize;
      else counts.receivedBytes += wireSize;
      if (this.countOnly) {
        counts.dropped += 1;
        return;
      }
      messages.push({ number, direction, at, bytes, wireSize });
      keptBytes += bytes.length;
      if (messages.length >= limits.maxMessages + dropBlock) dropOldest(messages.length - limits.maxMessages);
      if (keptBytes <= limits.maxBytes) return;
      let over = keptBytes - limits.maxBytes;
      let count = 0;
      // The newest message stays, however large it is.
      while (over > 0 && count < messages.length - 1) over -= messages[count++]?.bytes.length ?? 0;
      dropOldest(count);
    },
  };
}
