import { type Clock, systemClock } from "./catalog/clock.ts";
import type { Instance } from "./catalog/instance.ts";
import type { ConfiguredTarget, TlsOptions } from "./config/targets.ts";
import type { ProbeReport } from "./net/probe.ts";

/** Wait before a configured target that could not be reached is probed again, in milliseconds; doubles with each failure. */
const firstRetryMs = 500;
/** Longest wait between two probes, in milliseconds. */
const maxRetryMs = 30_000;

/** How bare targets are settled. */
export interface SettleOptions {
  readonly probe: (address: string, tls: TlsOptions) => Promise<ProbeReport>;
  /** Given each instance as soon as it is known how it speaks, when that differs from what was assumed. */
  readonly onSettled: (instance: Instance) => void;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
}

/**
 * Finds out how configured targets without a scheme (`--target host:port`) are spoken to: TLS or not, HTTP/2 or HTTP/1.1. They are assumed to
 * speak gRPC in plaintext until they answer. A certificate that cannot be trusted is not looked over: calls then say what is wrong with it.
 */
export function settleTargets(targets: readonly ConfiguredTarget[], options: SettleOptions): void {
  const { probe, onSettled, signal } = options;
  const clock = options.clock ?? systemClock;
  const settle = async (instance: Instance, tls: TlsOptions, failures: number): Promise<void> => {
    const { result } = await probe(instance.address, tls);
    if (signal.aborted) return;
    if (result.kind === "failed") {
      const cancel = clock.after(Math.min(maxRetryMs, firstRetryMs * 2 ** failures), () => {
        signal.removeEventListener("abort", cancel);
        void settle(instance, tls, failures + 1);
      });
      signal.addEventListener("abort", cancel, { once: true });
    } else if (result.tls || result.protocol !== instance.protocol) {
      const protocolName = result.protocol === "grpc" ? "gRPC" : "Connect";
      onSettled({ ...instance, protocol: result.protocol, protocolName, tls: result.tls ? tls : instance.tls });
    }
  };
  for (const { instance, tlsIfSpoken } of targets) if (tlsIfSpoken !== undefined) void settle(instance, tlsIfSpoken, 0);
}
