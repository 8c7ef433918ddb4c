import type { InstanceTls } from "../catalog/instance.ts";

/** What the command line says about certificates: `--tls-ca` and `--skip-verify`. */
export interface TlsTrust {
  /** PEM of the authority to trust instead of the system's. */
  readonly ca: string | undefined;
  /** Addresses, hosts or `*` whose certificate is not checked. */
  readonly skipVerify: readonly string[];
}

/** TLS as an {@link TlsTrust} and the target itself want it. */
export function tlsWith(
  trust: TlsTrust,
  address: string,
  own: { readonly verify?: boolean; readonly serverName?: string | undefined } = {},
): Exclude<InstanceTls, { kind: "plaintext" }> {
  const isSkipped = trust.skipVerify.some((skip) => skip === "*" || address === skip || address.startsWith(`${skip}:`));
  return {
    kind: "tls",
    verify: own.verify !== false && !isSkipped,
    ...(trust.ca === undefined ? {} : { ca: trust.ca }),
    ...(own.serverName === undefined ? {} : { serverName: own.serverName }),
  };
}

/** Nothing said: the system's authorities, everything checked. */
export const systemTrust: TlsTrust = { ca: undefined, skipVerify: [] };
