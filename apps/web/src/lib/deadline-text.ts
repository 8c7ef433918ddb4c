const msByUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** A deadline as people write it: "15 s", "500 ms", "1 min"; "" for none. */
export function printDeadline(deadlineMs: number | undefined): string {
  if (deadlineMs === undefined) return "";
  if (deadlineMs % 3_600_000 === 0) return `${deadlineMs / 3_600_000} h`;
  if (deadlineMs % 60_000 === 0) return `${deadlineMs / 60_000} min`;
  if (deadlineMs >= 1000) return `${deadlineMs / 1000} s`;
  return `${deadlineMs} ms`;
}

/** Milliseconds of a typed deadline: a number alone is seconds, nothing or "none" is no deadline. Undefined text says what is wrong. */
export function parseDeadline(
  text: string,
): { readonly ok: true; readonly ms: number | undefined } | { readonly ok: false; readonly problem: string } {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "" || trimmed === "none") return { ok: true, ms: undefined };
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?$/.exec(trimmed);
  if (match === null) return { ok: false, problem: `"${text.trim()}" is no time: write 500 ms, 15 s, 2 min, or none` };
  const ms = Math.round(Number(match[1]) * (msByUnit[match[2] ?? "s"] ?? 1000));
  return ms > 0 ? { ok: true, ms } : { ok: false, problem: "A deadline is more than 0 ms" };
}
