import { type Authority, parseAuthority, parseServerName } from "./authority.ts";

/** A protocol that a target URL can name. */
export type TargetProtocol = "grpc" | "connect" | "grpc-web";

/** What somebody typed as a backend, understood. */
export interface Target {
  /** Undefined for a bare `host:port`: it is probed. */
  readonly protocol: TargetProtocol | undefined;
  /** Undefined for a bare `host:port`: it is probed. */
  readonly tls: boolean | undefined;
  /** False after `?verify=none`: the certificate is not checked. */
  readonly verify: boolean;
  /** The name to ask for in TLS and to check instead of the host: from `?server-name=NAME`, else the host of `authority`. */
  readonly serverName: string | undefined;
  /** From `?authority=NAME`: sent as `:authority` or `Host` instead of the address. */
  readonly authority: Authority | undefined;
  /** `host:port`, `[v6]:port` or `unix:/path`, in one spelling. */
  readonly address: string;
}

/** A target, or what is wrong with the text in one line that names it. */
export type ParsedTarget = { readonly kind: "target"; readonly target: Target } | { readonly kind: "problem"; readonly problem: string };

const schemes: Readonly<Record<string, { protocol: TargetProtocol | undefined; tls: boolean | undefined; port: number | undefined }>> = {
  grpc: { protocol: "grpc", tls: false, port: undefined },
  grpcs: { protocol: "grpc", tls: true, port: 443 },
  "connect+http": { protocol: "connect", tls: false, port: 80 },
  "connect+https": { protocol: "connect", tls: true, port: 443 },
  "grpc-web+http": { protocol: "grpc-web", tls: false, port: 80 },
  "grpc-web+https": { protocol: "grpc-web", tls: true, port: 443 },
  dns: { protocol: undefined, tls: undefined, port: undefined },
};

const known = "host:port, unix:/path, or a URL that starts with grpc://, grpcs://, connect+http(s):// or grpc-web+http(s)://";

/** Longest target text that is looked at, in characters. */
const maxTargetLength = 1024;

/**
 * Reads `host:port`, `[v6]:port`, `unix:/path`, `dns:///host:port`, `grpc://`, `grpcs://`, `connect+http(s)://` and `grpc-web+http(s)://`.
 * Hosts come out in one spelling (`0x7f000001`, `127.1` and full-width digits all become `127.0.0.1`), so that whoever checks an address
 * sees what would be dialled. Resolves nothing.
 */
export function parseTarget(text: string): ParsedTarget {
  const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  const problem = (why: string): ParsedTarget => ({ kind: "problem", problem: `target ${shown}: ${why}` });
  if (text.length > maxTargetLength) return problem(`longer than ${maxTargetLength} characters`);
  if (text === "") return problem(`empty; write ${known}`);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\s\u0000-\u001f\u007f\\]/u.test(text)) return problem("has a space, a backslash or a control character");

  const unix = /^(?:grpc\+)?unix:(?:\/\/)?(\/[^?#]*)(?:\?([^#]*))?$/u.exec(text);
  if (unix?.[1] !== undefined) return withOptions({ protocol: "grpc", tls: false, address: `unix:${unix[1]}` }, unix[2] ?? "", problem);
  if (/^(?:grpc\+)?unix:/u.test(text)) return problem("a unix target is unix:/absolute/path");

  const url = /^([a-z][a-z0-9+.-]*):\/\/\/?(.*)$/iu.exec(text);
  if (url === null && text.includes("?"))
    return problem("options such as ?verify=none and ?authority=NAME need a scheme, such as grpcs://");
  if (url === null) return authority(text, { protocol: undefined, tls: undefined, port: undefined }, "", problem);
  const scheme = schemes[(url[1] ?? "").toLowerCase()];
  if (scheme === undefined) return problem(`${url[1]}:// is not a scheme this gateway calls; write ${known}`);
  const parts = /^([^/?#]*)(\/?)([^?#]*)(?:\?([^#]*))?(#.*)?$/u.exec(url[2] ?? "");
  if (parts === null) return problem("is not a URL");
  if (parts[3] !== "" || parts[5] !== undefined) return problem("a target has no path and no fragment");
  return authority(parts[1] ?? "", scheme, parts[4] ?? "", problem);
}

/** The target as a URL that {@link parseTarget} reads as the same; `protocol` and `tls` are those that were written or found out. */
export function targetUrl(target: Target, protocol: TargetProtocol, tls: boolean): string {
  const isUnix = target.address.startsWith("unix:");
  const scheme = protocol === "grpc" ? (tls ? "grpcs" : "grpc") : `${protocol}+http${tls ? "s" : ""}`;
  const options = new URLSearchParams();
  if (!target.verify) options.set("verify", "none");
  if (target.serverName !== undefined && target.serverName !== target.authority?.host) options.set("server-name", target.serverName);
  if (target.authority !== undefined) options.set("authority", target.authority.text);
  return `${isUnix ? "" : `${scheme}://`}${target.address}${options.size === 0 ? "" : `?${options.toString()}`}`;
}

function authority(
  text: string,
  scheme: { protocol: TargetProtocol | undefined; tls: boolean | undefined; port: number | undefined },
  query: string,
  problem: (why: string) => ParsedTarget,
): ParsedTarget {
  if (text.includes("@")) return problem("credentials do not belong in a target; send them as metadata");
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/?#]+))(?::(\d{1,5}))?$/iu.exec(text);
  if (parts === null) return problem(text === "" ? "has no host" : `write ${known}`);
  const port = parts[3] === undefined ? scheme.port : Number(parts[3]);
  if (port === undefined) return problem("has no port");
  if (port < 1 || port > 65_535) return problem(`port ${port} is not between 1 and 65535`);
  const host = canonicalHost(parts[1] === undefined ? (parts[2] ?? "") : `[${parts[1]}]`);
  if (host === undefined) return problem("its host is neither a name nor an address");

  return withOptions({ protocol: scheme.protocol, tls: scheme.tls, address: `${host}:${port}` }, query, problem);
}

/** The target with what its query says of it. */
function withOptions(
  target: Pick<Target, "protocol" | "tls" | "address">,
  query: string,
  problem: (why: string) => ParsedTarget,
): ParsedTarget {
  let verify = true;
  let serverName: string | undefined;
  let authorityName: Authority | undefined;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === "verify" && (value === "none" || value === "full")) verify = value === "full";
    else if (name === "server-name") {
      const parsed = parseServerName(value);
      if (typeof parsed !== "string") return problem(`server-name ${parsed.problem}`);
      serverName = parsed;
    } else if (name === "authority") {
      const parsed = parseAuthority(value);
      if ("problem" in parsed) return problem(`authority ${parsed.problem}`);
      authorityName = parsed;
    } else return problem(`?${name}=${value} is not an option; there are verify=none, server-name=NAME and authority=NAME`);
  }
  if ((!verify || serverName !== undefined) && target.tls !== true) return problem("verify and server-name need grpcs:// or https");
  if (authorityName !== undefined && target.protocol === undefined) return problem("authority needs a scheme, such as grpc:// or grpcs://");
  if (target.tls === true) serverName ??= authorityName?.host;
  return { kind: "target", target: { ...target, verify, serverName, authority: authorityName } };
}

/** A host in the spelling the URL standard gives it, brackets included for IPv6; undefined when it is none. */
function canonicalHost(host: string): string | undefined {
  try {
    const { hostname } = new URL(`http://${host}/`);
    return hostname === "" ? undefined : hostname.replace(/\.$/u, "");
  } catch {
    return undefined; // the URL parser only says "Invalid URL"
  }
}
