import { hexOffset } from "@rpcdeck/wire";

/** `bytes 0x1f–0x29 · 11 B`, of the bytes from `start` up to, not including, `end`. */
export function rangeText(start: number, end: number): string {
  const size = end - start;
  return `${size === 1 ? `byte ${hexOffset(start)}` : `bytes ${hexOffset(start)}–${hexOffset(end - 1)}`} · ${size.toLocaleString("en")} B`;
}
