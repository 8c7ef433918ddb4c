import { useEffect, useRef, useState } from "react";
import type { LoggedMessage } from "#data/call-state.ts";
import type { MessageMatch } from "./message-filter.ts";

/** Work on one frame, so that a filter over many messages never makes the page stop. */
const budgetMs = 8;

/** What a filter found, and whether it has seen everything. */
export interface Filtered {
  readonly messages: readonly LoggedMessage[];
  readonly isSearching: boolean;
}

/**
 * The messages that `match` lets through, searched a piece at a time and kept up as more come. Without `match` the log itself. `messages` grows
 * in place; `messageCount` tells of a change. Pass the same `match` until the filter changes.
 */
export function useFiltered(messages: readonly LoggedMessage[], messageCount: number, match: MessageMatch | undefined): Filtered {
  const [result, setResult] = useState<Filtered>({ messages: [], isSearching: false });
  const work = useRef<{ match: MessageMatch; log: readonly LoggedMessage[]; found: LoggedMessage[]; last: LoggedMessage | undefined }>(
    undefined,
  );

  useEffect(() => {
    if (match === undefined) {
      work.current = undefined;
      return undefined;
    }
    if (work.current?.match !== match || work.current.log !== messages) work.current = { match, log: messages, found: [], last: undefined };
    const mine = work.current;
    let frame = 0;
    const run = () => {
      const until = performance.now() + budgetMs;
      let at = mine.last === undefined ? 0 : messages.lastIndexOf(mine.last) + 1;
      for (let count = 0; at < messages.length; at++, count++) {
        if (count % 64 === 63 && performance.now() > until) break;
        const message = messages[at];
        if (message && match(message)) mine.found.push(message);
        mine.last = message;
      }
      const oldest = messages[0];
      const gone = oldest === undefined ? mine.found.length : mine.found.findIndex((message) => message.at >= oldest.at);
      if (gone > 0) mine.found.splice(0, gone);
      const isSearching = at < messages.length;
      setResult({ messages: [...mine.found], isSearching });
      if (isSearching) frame = requestAnimationFrame(run);
    };
    frame = requestAnimationFrame(run);
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [messages, messageCount, match]);

  return match === undefined ? { messages, isSearching: false } : result;
}
