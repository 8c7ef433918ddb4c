const msByUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** A time as people write it: "15 s", "500 ms", "1 min"; "" for none. */
export function printTime(ms: number | undefined): string {
  if (ms === undefined) return "";
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  if (ms >= 1000) return `${ms / 1000} s`;
  return `${ms} ms`;
}

/** Milliseconds of a typed time: a number alone is seconds, nothing or "none" is undefined. What is none, or over `maxMs`, says what is wrong. */
export function parseTime(
  text: string,
  maxMs = Number.POSITIVE_INFINITY,
): { readonly ok: true; readonly ms: number | undefined } | { readonly ok: false; readonly problem: string } {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "" || trimmed === "none") return { ok: true, ms: undefined };
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?$/.exec(trimmed);
  if (match === null) return { ok: false, problem: `"${text.trim()}" is no time: write 500 ms, 15 s, 2 min, or none` };
  const ms = Math.round(Number(match[1]) * (msByUnit[match[2] ?? "s"] ?? 1000));
  if (ms <= 0) return { ok: false, problem: `"${text.trim()}" is too short: it is more than 0 ms, or none` };
  if (ms > maxMs) return { ok: false, problem: `"${text.trim()}" is too long: the most is ${printTime(maxMs)}` };
  return { ok: true, ms };
}
