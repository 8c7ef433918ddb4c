import { describe, expect, it } from "vitest";
import { createMessageLog } from "./message-log.ts";

describe("message log", () => {
  it("keeps the newest messages and counts those it dropped", () => {
    const log = createMessageLog({ maxMessages: 10, maxBytes: 1_000_000 });
    for (let n = 0; n < 2500; n++) log.add(n % 2 === 0 ? "sent" : "received", new Uint8Array([1]), 1, n);
    expect(log.counts).toMatchObject({ sent: 1250, received: 1250, sentBytes: 1250 });
    expect(log.messages.length).toBeGreaterThanOrEqual(10);
    expect(log.messages.length).toBeLessThan(1010);
    expect(log.messages.length + log.counts.dropped).toBe(2500);
    expect(log.messages.at(-1)).toMatchObject({ direction: "received", number: 1250, at: 2499 });
  });

  it("keeps no more bytes than its limit, but always the newest message", () => {
    const log = createMessageLog({ maxMessages: 100, maxBytes: 100 });
    for (let n = 0; n < 5; n++) log.add("received", new Uint8Array(40), 40, n);
    expect(log.messages).toHaveLength(2);
    log.add("received", new Uint8Array(500), 500, 9);
    expect(log.messages.map(({ at }) => at)).toEqual([9]);
    expect(log.counts).toMatchObject({ received: 6, receivedBytes: 700, dropped: 5 });
  });

  it("only counts when told so", () => {
    const log = createMessageLog();
    log.countOnly = true;
    log.add("received", new Uint8Array(3), 3, 0);
    expect(log.messages).toEqual([]);
    expect(log.counts).toMatchObject({ received: 1, dropped: 1 });
  });
});
