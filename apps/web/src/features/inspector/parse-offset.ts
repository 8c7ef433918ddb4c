/** An offset as typed: `0x1f` and `1f` are hexadecimal as every offset of the page, `31d` is decimal. Undefined when it is none. */
export function parseOffset(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase().replaceAll(/[_, ]/g, "");
  if (/^\d+d$/.test(trimmed) && !trimmed.startsWith("0x")) return Number(trimmed.slice(0, -1));
  const digits = trimmed.startsWith("0x") ? trimmed.slice(2) : trimmed;
  return /^[0-9a-f]{1,12}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
