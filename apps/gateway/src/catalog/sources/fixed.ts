import type { Instance } from "../instance.ts";
import type { CatalogSource, SourceSnapshot } from "../source.ts";

/** A source whose instances are given by this program. */
export interface FixedSource extends CatalogSource {
  /** Puts other instances in place of the present ones, such as once the listener's address is known. */
  replace(instances: readonly Instance[]): void;
}

/** What a fixed source needs. */
export interface FixedSourceOptions {
  readonly name: string;
  /** "gateway" or "static". */
  readonly kind: string;
  readonly instances: readonly Instance[];
}

/** A source that is always well: the gateway's own instance, or the targets of the configuration. */
export function createFixedSource(options: FixedSourceOptions): FixedSource {
  let instances = options.instances;
  const listeners = new Set<(snapshot: SourceSnapshot) => void>();
  const snapshot = (): SourceSnapshot => ({ instances, revision: 0n, removals: new Map(), unread: 0 });
  return {
    name: options.name,
    kind: options.kind,
    addresses: [],
    watch(signal, onSnapshot, onStatus) {
      listeners.add(onSnapshot);
      signal.addEventListener("abort", () => listeners.delete(onSnapshot), { once: true });
      onSnapshot(snapshot());
      onStatus({ kind: "ok" });
    },
    replace(next) {
      instances = next;
      listeners.forEach((onSnapshot) => onSnapshot(snapshot()));
    },
  };
}
