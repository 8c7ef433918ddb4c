/** A size in words: exact bytes below 1 KiB, else KiB or MiB with at most one decimal. */
export function describeBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${round(bytes / 1024)} KiB`;
  return `${round(bytes / 1024 / 1024)} MiB`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
