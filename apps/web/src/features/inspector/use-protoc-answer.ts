import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { useEffect, useState } from "react";
import type { ProtocAnswer } from "#data/ask-protoc.ts";

/** Has protoc read a message; rejects with a reason. */
export type AskProtoc = (
  bytes: Uint8Array,
  desc: DescMessage,
  options: { readonly registry: Registry | undefined; readonly signal: AbortSignal },
) => Promise<ProtocAnswer>;

/** Where asking protoc stands. */
export type ProtocState =
  | { readonly kind: "waiting" }
  | { readonly kind: "answered"; readonly answer: ProtocAnswer }
  | { readonly kind: "failed"; readonly reason: string };

/** After so long without a change of the bytes, protoc is asked, in milliseconds. */
const pauseMs = 200;

/** Asks protoc about a message, again whenever it changes; an answer that is no longer wanted is dropped. */
export function useProtocAnswer(
  bytes: Uint8Array,
  desc: DescMessage,
  options: { registry: Registry | undefined; ask: AskProtoc },
): ProtocState {
  const { registry, ask } = options;
  const [done, setDone] = useState<{ readonly of: Uint8Array; readonly as: DescMessage; readonly state: ProtocState } | undefined>(
    undefined,
  );
  useEffect(() => {
    const abort = new AbortController();
    const finish = (state: ProtocState): void => {
      if (!abort.signal.aborted) setDone({ of: bytes, as: desc, state });
    };
    const timer = setTimeout(() => {
      ask(bytes, desc, { registry, signal: abort.signal }).then(
        (answer) => {
          finish({ kind: "answered", answer });
        },
        (error: unknown) => {
          finish({ kind: "failed", reason: ConnectError.from(error).rawMessage });
        },
      );
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [bytes, desc, registry, ask]);
  return done?.of === bytes && done.as === desc ? done.state : { kind: "waiting" };
}
