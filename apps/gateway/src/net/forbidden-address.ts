import { BlockList, isIP, isIPv6 } from "node:net";

/** Link-local addresses and the addresses where clouds serve credentials: refused for configured and registered targets too. */
const linkLocal = blockList({
  subnets: [
    ["169.254.0.0", 16, "ipv4"],
    ["fe80::", 10, "ipv6"],
  ],
  addresses: [
    ["100.100.100.200", "ipv4"],
    ["168.63.129.16", "ipv4"],
    ["192.0.0.192", "ipv4"],
    ["fd00:ec2::254", "ipv6"],
    ["fd20:ce::254", "ipv6"],
  ],
});

/** What a typed target may not be besides: unspecified, multicast, reserved, broadcast, and IPv6 that wraps an IPv4 address. */
const neverTyped = blockList({
  subnets: [
    ["0.0.0.0", 8, "ipv4"],
    ["192.0.0.0", 24, "ipv4"],
    ["224.0.0.0", 4, "ipv4"],
    ["240.0.0.0", 4, "ipv4"],
    ["fec0::", 10, "ipv6"],
    ["ff00::", 8, "ipv6"],
    ["64:ff9b::", 96, "ipv6"],
    ["64:ff9b:1::", 48, "ipv6"],
    ["2002::", 16, "ipv6"],
    ["2001::", 32, "ipv6"],
  ],
  addresses: [["::", "ipv6"]],
});

/** True for a literal IP address that no target may have: link-local and cloud metadata, in any IPv6 wrapping. */
export function isLinkLocal(ip: string): boolean {
  return spellings(ip).some((address) => matches(linkLocal, address));
}

/**
 * True for a literal IP address that somebody who only typed it may not reach: {@link isLinkLocal}, unspecified, multicast, reserved and
 * broadcast addresses, and IPv6 addresses that embed an IPv4 one (compatible, NAT64, 6to4, Teredo); mapped ones are judged by the IPv4 in
 * them.
 */
export function isForbiddenTyped(ip: string): boolean {
  return isLinkLocal(ip) || spellings(ip).some((address) => matches(neverTyped, address)) || isCompatible(ip);
}

type Rules = {
  readonly subnets: readonly (readonly [string, number, "ipv4" | "ipv6"])[];
  readonly addresses: readonly (readonly [string, "ipv4" | "ipv6"])[];
};

function blockList({ subnets, addresses }: Rules): BlockList {
  const list = new BlockList();
  for (const [net, prefix, family] of subnets) list.addSubnet(net, prefix, family);
  for (const [address, family] of addresses) list.addAddress(address, family);
  return list;
}

function matches(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family === 0 ? true : list.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** The address, and the IPv4 address inside it where it wraps one at a known place. */
function spellings(ip: string): readonly string[] {
  const bare = ip.replace(/%.*$/u, "");
  if (!isIPv6(bare)) return [bare];
  const groups = groupsOf(bare);
  const out = [bare];
  const v4 = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  const [g0 = 0, g1 = 0, g2 = 0, , , g5 = 0, g6 = 0, g7 = 0] = groups;
  const leadingZeros = groups.findIndex((group) => group !== 0);
  if (leadingZeros >= 5 && (g5 === 0xffff || g5 === 0) && g6 !== 0) out.push(v4(g6, g7)); // mapped, compatible
  if (leadingZeros === 4 && groups[4] === 0xffff) out.push(v4(g6, g7)); // translated, ::ffff:0:a.b.c.d
  if (g0 === 0x64 && g1 === 0xff9b) out.push(v4(g6, g7)); // NAT64
  if (g0 === 0x2002) out.push(v4(g1, g2)); // 6to4
  return out;
}

/** `::a.b.c.d` other than `::` and `::1`. */
function isCompatible(ip: string): boolean {
  if (!isIPv6(ip)) return false;
  const groups = groupsOf(ip);
  return groups.slice(0, 6).every((group) => group === 0) && ((groups[6] ?? 0) !== 0 || (groups[7] ?? 0) > 1);
}

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(ip: string): readonly number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/u.exec(ip);
  const text =
    dotted === null
      ? ip
      : `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`;
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}
