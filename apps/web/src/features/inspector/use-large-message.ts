import { startTransition, useEffect, useMemo, useState } from "react";
import { createLargeMessage, type LargeMessage, type LargeReading, type LargeState } from "./large-message.ts";
import { startMessageWorker } from "./start-message-worker.ts";

/** Messages up to this size are read where they are drawn: it takes no longer than a frame. Larger ones are read in a worker. */
export const maxReadAtOnceBytes = 4 * 1024 * 1024;

/**
 * The state of a large message; undefined for none. What was under way is aborted when the message changes or is no longer shown. News of it is
 * drawn in slices, between frames: all that is in sight is drawn again for it.
 */
export function useLargeMessage(bytes: Uint8Array | undefined, { type, registry, origin }: LargeReading): LargeState | undefined {
  const message = useMemo(
    () => (bytes === undefined ? undefined : createLargeMessage(bytes, { type, registry, origin }, startMessageWorker)),
    [bytes, type, registry, origin],
  );
  const [told, setTold] = useState<{ readonly message: LargeMessage; readonly state: LargeState }>();
  useEffect(() => {
    if (message === undefined) return undefined;
    const leave = message.subscribe(() => {
      startTransition(() => {
        setTold({ message, state: message.state() });
      });
    });
    message.start();
    return () => {
      leave();
      message.stop();
    };
  }, [message]);
  return told !== undefined && told.message === message ? told.state : message?.state();
}
