import { useEffect, useMemo, useSyncExternalStore } from "react";
import { createLargeMessage, type LargeReading, type LargeState } from "./large-message.ts";
import { startMessageWorker } from "./start-message-worker.ts";

/** Messages up to this size are read where they are drawn: it takes no longer than a frame. Larger ones are read in a worker. */
export const maxReadAtOnceBytes = 4 * 1024 * 1024;

/** The state of a large message; undefined for none. What was under way is aborted when the message changes or is no longer shown. */
export function useLargeMessage(bytes: Uint8Array | undefined, { type, registry, origin }: LargeReading): LargeState | undefined {
  const message = useMemo(
    () => (bytes === undefined ? undefined : createLargeMessage(bytes, { type, registry, origin }, startMessageWorker)),
    [bytes, type, registry, origin],
  );
  useEffect(() => {
    message?.start();
    return () => message?.stop();
  }, [message]);
  return useSyncExternalStore(message?.subscribe ?? subscribeToNothing, message?.state ?? nothing);
}

function subscribeToNothing(): () => void {
  return () => undefined;
}

function nothing(): undefined {
  return undefined;
}
