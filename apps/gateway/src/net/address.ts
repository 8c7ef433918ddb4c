/** An address as it is dialled. `host` has no brackets. */
export type DialAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Splits `host:port`, `[v6]:port` and `unix:/path`; undefined when the text is none of them. */
export function splitAddress(address: string): DialAddress | undefined {
  if (address.startsWith("unix:/")) return { kind: "unix", path: address.slice("unix:".length).replace(/^\/\/\//u, "/") };
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/u.exec(address);
  if (parts === null) return undefined;
  const host = parts[1] ?? parts[2] ?? "";
  const port = Number(parts[3]);
  return port >= 1 && port <= 65_535 ? { kind: "tcp", host, port } : undefined;
}
