import { describe, expect, it } from "vitest";
import type { LoggedMessage } from "#data/call-state.ts";
import { chartModel } from "./chart-model.ts";

const message = (direction: LoggedMessage["direction"], at: number): LoggedMessage => ({
  number: 1,
  direction,
  at,
  bytes: new Uint8Array(),
  wireSize: 0,
});

describe("chart of a stream", () => {
  it("counts messages into bars and marks the longest gap between received ones", () => {
    const messages = [
      message("sent", 1000),
      message("received", 1100),
      message("sent", 4000),
      message("received", 7500),
      message("received", 7501),
    ];
    const model = chartModel(messages, 1000, 11_000);
    expect(model.sent).toHaveLength(2);
    expect(model.received.map(({ height }) => height)).toEqual([0.5, 1]);
    expect(model.gap).toMatchObject({ from: 0.01, to: 0.65, text: "6.40 s gap" });
    expect(model.ticks.map(({ text }) => text).slice(0, 3)).toEqual(["0:00", "0:01", "0:02"]);
    expect(model.summary).toBe("2 sent and 3 received over 10.00 s; longest gap 6.40 s");
  });

  it("has no gap worth a mark in a quick stream, and no more than a handful of ticks in a long one", () => {
    expect(chartModel([message("received", 0), message("received", 500)], 0, 600).gap).toBeUndefined();
    expect(chartModel([], 0, 100).ticks.map(({ text }) => text)).toEqual([
      "0:00.0",
      "0:00.1",
      "0:00.2",
      "0:00.3",
      "0:00.4",
      "0:00.5",
      "0:00.6",
      "0:00.7",
      "0:00.8",
      "0:00.9",
    ]);
    expect(chartModel([], 0, 10 * 3_600_000).ticks.length).toBeLessThanOrEqual(11);
  });
});
