/** A moment of a call as "1:07.518": minutes, seconds and milliseconds since its start. */
export function clockText(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const seconds = String(Math.floor(whole / 1000) % 60).padStart(2, "0");
  return `${Math.floor(whole / 60_000)}:${seconds}.${String(whole % 1000).padStart(3, "0")}`;
}

/** Time between two messages: "29 ms", "1.87 s", "2 m 5 s". */
export function gapText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.floor(ms / 60_000)} m ${Math.floor((ms % 60_000) / 1000)} s`;
}
