import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { type Health, HealthCheckResponse_ServingStatus as Status } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";

/** What health is asked about. */
export interface HealthLookup {
  /** Whether the gateway takes calls at all. */
  isReady(): boolean;
  /** Whether a service can be called: undefined when nobody has it, false when everybody who has it is failing. */
  isServing(service: string): boolean | undefined;
  /** Called after each change; returns the way to stop. */
  onChange(listener: () => void): () => void;
}

/** grpc.health.v1 over the gateway (empty name) and every service that it can route. */
export function createHealth(lookup: HealthLookup): ServiceImpl<typeof Health> {
  const statusOf = (service: string): Status => {
    if (!lookup.isReady()) return Status.NOT_SERVING;
    if (service === "") return Status.SERVING;
    const isServing = lookup.isServing(service);
    if (isServing === undefined) return Status.SERVICE_UNKNOWN;
    return isServing ? Status.SERVING : Status.NOT_SERVING;
  };
  return {
    check(request) {
      const status = statusOf(request.service);
      if (status === Status.SERVICE_UNKNOWN) throw new ConnectError(`nobody here serves ${request.service}`, Code.NotFound);
      return { status };
    },
    async *watch(request, context) {
      let wake: (() => void) | undefined;
      const notify = (): void => wake?.();
      const stop = lookup.onChange(notify);
      // At once, for a caller that is gone may never ask for the next message.
      const leave = (): void => {
        stop();
        notify();
      };
      context.signal.addEventListener("abort", leave, { once: true });
      try {
        let last: Status | undefined;
        while (!context.signal.aborted) {
          const status = statusOf(request.service);
          if (status !== last) {
            last = status;
            yield { status };
            continue; // it may have changed while the message was being sent
          }
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        stop();
        context.signal.removeEventListener("abort", leave);
      }
    },
  };
}
