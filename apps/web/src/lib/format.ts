/** How long ago, coarsely: "3 s", "12 min", "2 h", "4 d". Never negative. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** A duration of a call: "0.7 ms", "42 ms", "5.0 s", "1 m 48 s". */
export function durationText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} m ${Math.floor((ms % 60_000) / 1000)} s`;
}

/** A whole number with thousands commas. */
export function countText(count: number | bigint): string {
  return count.toLocaleString("en-US");
}

/** "1 instance", "2 instances". */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : plural}`;
}

/** Bytes: whole up to 9,999, then decimal kB and MB. */
export function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${countText(bytes)} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Wall-clock time of a moment with milliseconds: "05:41:41.207" in UTC. */
export function timeText(at: Date): string {
  return at.toISOString().slice(11, 23);
}

/** A moment in UTC and locally, for the tooltip of an age. */
export function momentText(at: Date): string {
  return `${at.toISOString().replace("T", " ").replace("Z", " UTC")}\n${at.toLocaleString()}`;
}
