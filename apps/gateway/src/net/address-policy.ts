import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { GatewayError } from "../errors/gateway-error.ts";
import { isForbiddenTyped, isLinkLocal } from "./forbidden-address.ts";

/** Who named an address: a caller in a `rpcdeck-target` URL, or this machine's configuration and registries. */
export type Trust = "typed" | "configured";

/** An IP address that was checked and may be dialled. */
export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Decides which addresses may be dialled, and resolves names itself so that the address checked is the address dialled. */
export interface AddressPolicy {
  /**
   * All addresses of a host name or literal, in the resolver's order. Rejects with `target_forbidden` when any one of them may not be
   * called, and with `target_unreachable` when the name does not resolve. `trust` says who named it.
   */
  resolve(host: string, trust: Trust): Promise<readonly CheckedAddress[]>;
  /** Rejects a unix socket path that may not be called; typed ones need `allowTypedUnix`. */
  checkUnix(path: string, trust: Trust): void;
  /** Checks the far end of an open connection once more. Throws `target_forbidden`. */
  checkRemote(ip: string, host: string, trust: Trust): void;
}

/** How a policy is made. */
export interface AddressPolicyOptions {
  /** Configured and registered targets may be link-local; typed ones never. Default false. */
  readonly allowLinkLocal?: boolean;
  /** Callers may type `unix:` targets. Default false. */
  readonly allowTypedUnix?: boolean;
  /** Resolves a name to all its addresses. Default: the system's resolver. */
  readonly lookup?: (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;
}

/** Makes the policy. A refusal has one text whatever the reason, so that it tells nothing about the network behind. */
export function createAddressPolicy(options: AddressPolicyOptions = {}): AddressPolicy {
  const resolveName = options.lookup ?? ((host: string) => lookup(host, { all: true, order: "verbatim" }));
  const isForbidden = (ip: string, trust: Trust): boolean =>
    trust === "typed" ? isForbiddenTyped(ip) : options.allowLinkLocal !== true && isLinkLocal(ip);
  const refuse = (host: string): GatewayError =>
    new GatewayError("target_forbidden", `${host}: this gateway does not call link-local, metadata or reserved addresses`);

  return {
    async resolve(host, trust) {
      const family = isIP(host);
      if (family !== 0) {
        if (isForbidden(host, trust)) throw refuse(host);
        return [{ address: host, family: family === 6 ? 6 : 4 }];
      }
      let answers: readonly { readonly address: string; readonly family: number }[];
      try {
        answers = await resolveName(host);
      } catch (cause) {
        throw new GatewayError("target_unreachable", `${host}: no such host`, { cause });
      }
      if (answers.length === 0) throw new GatewayError("target_unreachable", `${host}: no such host`);
      if (answers.some(({ address }) => isForbidden(address, trust))) throw refuse(host);
      return answers.map(({ address, family: version }) => ({ address, family: version === 6 ? 6 : 4 }));
    },
    checkUnix(path, trust) {
      if (trust === "typed" && options.allowTypedUnix !== true) {
        throw new GatewayError(
          "target_forbidden",
          `unix:${path}: callers may name unix sockets only where the gateway was started with --allow-unix-targets`,
        );
      }
    },
    checkRemote(ip, host, trust) {
      if (isForbidden(ip, trust)) throw refuse(host);
    },
  };
}
