import type { LoggedMessage } from "#data/call-state.ts";
import { gapText } from "./stream-time.ts";

/** Bars of the chart. */
export const chartBuckets = 140;
/** A gap is worth a mark from here on, in milliseconds. */
const markedGapMs = 1_000;

/** Messages over time. Places are shares of the width, 0 to 1; heights shares of the highest bar. */
export interface ChartModel {
  readonly totalMs: number;
  readonly sent: readonly { readonly at: number; readonly height: number }[];
  readonly received: readonly { readonly at: number; readonly height: number }[];
  readonly gap: { readonly from: number; readonly to: number; readonly text: string } | undefined;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** All of it in a sentence. */
  readonly summary: string;
}

/** Counts the kept messages of a call into bars from its start to `now`. Times are `performance.now()` milliseconds. */
export function chartModel(messages: readonly LoggedMessage[], since: number, now: number): ChartModel {
  const totalMs = Math.max(1_000, now - since);
  const counts = { sent: new Uint32Array(chartBuckets), received: new Uint32Array(chartBuckets) };
  let sentCount = 0;
  let longest = { from: 0, to: 0 };
  let last: number | undefined;
  for (const message of messages) {
    const bucket = Math.max(0, Math.min(chartBuckets - 1, Math.floor(((message.at - since) / totalMs) * chartBuckets)));
    counts[message.direction][bucket] = (counts[message.direction][bucket] ?? 0) + 1;
    if (message.direction === "sent") {
      sentCount += 1;
      continue;
    }
    if (last !== undefined && message.at - last > longest.to - longest.from) longest = { from: last, to: message.at };
    last = message.at;
  }
  const gapMs = longest.to - longest.from;
  const place = (at: number) => (at - since) / totalMs;
  const gap = gapMs < markedGapMs ? undefined : { from: place(longest.from), to: place(longest.to), text: `${gapText(gapMs)} gap` };
  return {
    totalMs,
    sent: barsOf(counts.sent),
    received: barsOf(counts.received),
    gap,
    ticks: ticksOf(totalMs),
    summary: `${sentCount} sent and ${messages.length - sentCount} received over ${gapText(totalMs)}${gap === undefined ? "" : `; longest gap ${gapText(gapMs)}`}`,
  };
}

function barsOf(counts: Uint32Array): { at: number; height: number }[] {
  const highest = Math.max(1, ...counts);
  const bars: { at: number; height: number }[] = [];
  counts.forEach((count, bucket) => {
    // One message is seen beside a thousand.
    if (count > 0) bars.push({ at: bucket / chartBuckets, height: Math.max(0.12, count / highest) });
  });
  return bars;
}

const stepsMs = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000];
const maxTicks = 11;

function ticksOf(totalMs: number): { at: number; text: string }[] {
  const step = stepsMs.find((candidate) => totalMs / candidate <= maxTicks) ?? totalMs;
  const ticks: { at: number; text: string }[] = [];
  for (let at = 0; at < totalMs; at += step) ticks.push({ at: at / totalMs, text: tickText(at, step) });
  return ticks;
}

function tickText(ms: number, stepMs: number): string {
  const seconds = `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
  return stepMs < 1_000 ? `${seconds}.${Math.floor((ms % 1000) / 100)}` : seconds;
}
