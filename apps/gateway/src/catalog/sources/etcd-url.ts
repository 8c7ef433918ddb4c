/** Where an etcd cluster is, from a `--registry` URL. */
export interface EtcdLocation {
  /** `http://host:port` or `https://host:port`, at least one. */
  readonly endpoints: readonly string[];
  /** Only keys that begin with this; empty for all. */
  readonly prefix: string;
}

/** The port etcd listens on. */
const defaultPort = 2379;

/**
 * Reads `etcd://host:port,host:port[/prefix]`, or `etcds://` for TLS; a missing port is 2379. Everything after the first slash is the prefix:
 * write two slashes for keys that begin with one. Returns one line that names what is wrong; credentials in a URL are refused.
 */
export function parseEtcdUrl(url: string): EtcdLocation | { readonly problem: string } {
  const parts = /^(etcds?):\/\/([^/?#]+)(?:\/([^?#]*))?$/u.exec(url);
  if (parts === null) {
    return { problem: `registry ${JSON.stringify(url)}: write etcd://host:port,host:port/prefix or etcds://` };
  }
  const [, scheme, hosts = "", prefix = ""] = parts;
  if (hosts.includes("@")) {
    return { problem: "registry: credentials do not belong in a URL; give them by environment or file" };
  }
  const endpoints: string[] = [];
  for (const host of hosts.split(",")) {
    const pieces = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/iu.exec(host);
    const port = Number(pieces?.[2] ?? defaultPort);
    if (pieces === null || port < 1 || port > 65_535) {
      return { problem: `registry ${JSON.stringify(url)}: ${JSON.stringify(host)} is not host:port` };
    }
    endpoints.push(`${scheme === "etcds" ? "https" : "http"}://${pieces[1]}:${port}`);
  }
  return { endpoints, prefix };
}
