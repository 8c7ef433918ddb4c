import { isIP, isIPv6 } from "node:net";

/** A name to send as `:authority` or `Host`, and the host in it, without port and brackets, to ask for and check in TLS. */
export interface Authority {
  readonly text: string;
  readonly host: string;
}

/** Longest host name, in characters (RFC 1035, 2.3.4). */
const maxHostLength = 253;

/**
 * Reads `NAME`, `NAME:PORT`, an address, or an IPv6 address in brackets (RFC 3986, 3.2, without user information), in ASCII. What is wrong
 * comes in words that follow the name of the setting and name the character that may not be there.
 */
export function parseAuthority(text: string): Authority | { readonly problem: string } {
  const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/u.exec(text);
  const [bracketed, name = "", port] = [parts?.[1], parts?.[2], parts?.[3]];
  const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  const forbidden = /[^\w.:[\]-]/u.exec(text)?.[0];
  if (forbidden !== undefined) {
    return { problem: `${shown} has ${JSON.stringify(forbidden)}; a host has letters, digits, dots, hyphens and underscores only` };
  }
  const isHost = bracketed === undefined ? /^\w[\w.-]*$/u.test(name) && name.length <= maxHostLength : isIPv6(bracketed);
  if (parts === null || !isHost || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    return { problem: `${shown} is not NAME, NAME:PORT, an address, or [v6]:PORT` };
  }
  return { text, host: bracketed ?? name };
}

/** A name for TLS alone: like {@link parseAuthority} without a port; an IPv6 address has no brackets. */
export function parseServerName(text: string): string | { readonly problem: string } {
  if (isIP(text) !== 0) return text;
  const parsed = parseAuthority(text);
  if ("problem" in parsed) return parsed;
  return parsed.host === text ? text : { problem: `${JSON.stringify(text)} has a port or brackets; write the name or address alone` };
}
