/** A registry's `host:port` or `[v6]:port`, or undefined: anybody may write into a registry, so nothing else is taken, `unix:` least of all. */
export function registeredAddress(text: string): string | undefined {
  const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?):(\d{1,5})$/iu.exec(text);
  const port = Number(parts?.[2]);
  return parts !== null && port >= 1 && port <= 65_535 ? `${parts[1]}:${port}` : undefined;
}
