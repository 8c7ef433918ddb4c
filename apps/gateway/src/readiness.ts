/** Whether the gateway takes calls, for load balancers, and whether anybody asks. */
export interface Readiness {
  /** What /-/readyz and grpc.health.v1 answer. Being asked counts as being watched. */
  ask(): boolean;
  /** True when somebody asked within the last {@link watchedMs}. */
  isWatched(): boolean;
  /** Callers should go elsewhere: said once, for good. */
  readonly isLeaving: boolean;
  start(): void;
  leave(): void;
  /** Called after each change; returns the way to stop. */
  onChange(listener: () => void): () => void;
}

/** Who asked about readiness so long ago, in milliseconds, is taken for a load balancer that still looks. */
export const watchedMs = 60_000;

/** Not ready before `start` and after `leave`, nor while `isStuck`. */
export function createReadiness(isStuck: () => boolean): Readiness {
  let state: "starting" | "up" | "leaving" = "starting";
  let askedMs = Number.NEGATIVE_INFINITY;
  const listeners = new Set<() => void>();
  const become = (next: typeof state): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  return {
    ask() {
      askedMs = performance.now();
      return state === "up" && !isStuck();
    },
    isWatched: () => performance.now() - askedMs < watchedMs,
    get isLeaving() {
      return state === "leaving";
    },
    start() {
      become("up");
    },
    leave() {
      become("leaving");
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
