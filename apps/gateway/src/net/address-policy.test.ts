import { describe, expect, it } from "vitest";
import { createAddressPolicy } from "./address-policy.ts";
import { splitAddress } from "./address.ts";
import { parseTarget } from "./target.ts";
import { linkLocalHosts, onlyTypedHosts } from "./test-forbidden-hosts.ts";

const allowed = [
  "127.0.0.1",
  "127.1",
  "[::1]",
  "10.0.0.1",
  "192.168.1.1",
  "172.16.0.1",
  "8.8.8.8",
  "[2606:4700::1111]",
  "[fd00::1]",
  "[::ffff:10.0.0.1]",
];

const policy = createAddressPolicy({
  lookup: (host) =>
    Promise.resolve(
      {
        "mixed.test": [
          { address: "127.0.0.1", family: 4 },
          { address: "169.254.169.254", family: 4 },
        ],
        "plain.test": [{ address: "127.0.0.1", family: 4 }],
        "empty.test": [],
      }[host] ?? [{ address: "169.254.169.254", family: 4 }],
    ),
});

/** What a target's host ends as: "ok" or the fault's code. */
async function check(host: string, trust: "typed" | "configured"): Promise<string> {
  const parsed = parseTarget(`grpc://${host}:80`);
  if (parsed.kind === "problem") return "target_invalid";
  const address = splitAddress(parsed.target.address);
  if (address?.kind !== "tcp") return "no address";
  return policy.resolve(address.host, trust).then(
    () => "ok",
    (error: unknown) => (error as { code: string }).code,
  );
}

describe("address policy", () => {
  it.each(linkLocalHosts)("refuses %s from anybody", async (host) => {
    expect(await check(host, "typed")).toBe("target_forbidden");
    expect(await check(host, "configured")).toBe("target_forbidden");
  });
  it.each(onlyTypedHosts)("refuses %s only when typed", async (host) => {
    expect(await check(host, "typed")).toBe("target_forbidden");
    expect(await check(host, "configured")).toBe("ok");
  });
  it.each(allowed)("allows %s", async (host) => {
    expect(await check(host, "typed")).toBe("ok");
  });
  it("refuses a name when any one of its addresses is refused", async () => {
    expect(await check("mixed.test", "typed")).toBe("target_forbidden");
    expect(await check("metadata.test", "configured")).toBe("target_forbidden");
    expect(await check("plain.test", "typed")).toBe("ok");
    expect(await check("empty.test", "typed")).toBe("target_unreachable");
  });
  it("says the same for every refusal", async () => {
    const texts = await Promise.all(
      ["169.254.1.1", "224.0.0.1", "::"].map((ip) =>
        policy.resolve(ip, "typed").catch((error: unknown) => (error as Error).message.replace(ip, "X")),
      ),
    );
    expect(new Set(texts).size).toBe(1);
  });
  it("lets configuration reach link-local addresses where it is allowed to", async () => {
    const open = createAddressPolicy({ allowLinkLocal: true });
    await expect(open.resolve("169.254.1.1", "configured")).resolves.toHaveLength(1);
    await expect(open.resolve("169.254.1.1", "typed")).rejects.toThrow(/does not call/);
  });
  it("checks the far end of a connection again", () => {
    expect(() => policy.checkRemote("::ffff:169.254.169.254", "x.test", "typed")).toThrow(/x\.test/);
    expect(() => policy.checkRemote("::ffff:127.0.0.1", "x.test", "typed")).not.toThrow();
  });
  it("lets callers type unix sockets only where that is allowed", () => {
    expect(() => policy.checkUnix("/run/docker.sock", "typed")).toThrow(/--allow-unix-targets/);
    expect(() => policy.checkUnix("/run/x.sock", "configured")).not.toThrow();
    expect(() => createAddressPolicy({ allowTypedUnix: true }).checkUnix("/run/x.sock", "typed")).not.toThrow();
  });
});
