import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { pause } from "./services/pause.ts";

/** What a demo process does to calls. */
export interface Behaviour {
  /** Wait before answering, in milliseconds. */
  readonly delayMs: number;
  /** How many calls of a hundred fail with unavailable, 0 to 100. */
  readonly failPercent: number;
}

/** Answers at once and never fails. */
export const goodBehaviour: Behaviour = { delayMs: 0, failPercent: 0 };

/** Delays and fails calls as `behaviour` says at the moment they arrive. `random` gives 0 up to 1. */
export function behaviourInterceptor(behaviour: () => Behaviour, random: () => number): Interceptor {
  return (next) => async (request) => {
    const { delayMs, failPercent } = behaviour();
    if (delayMs > 0) {
      await pause(delayMs, request.signal);
    }
    if (random() * 100 < failPercent) {
      throw new ConnectError(`told to fail ${failPercent} % of calls`, Code.Unavailable);
    }
    return next(request);
  };
}
