import type { PasteFormat } from "@rpcdeck/wire";
import { useEffect, useState } from "react";
import type { BodyFraming } from "./types.ts";

/** Where bytes to inspect come from. */
export type InspectSource =
  | { readonly kind: "text"; readonly text: string }
  /** A file, or a text too long for a text box. */
  | { readonly kind: "file"; readonly name: string; readonly bytes: Uint8Array };

/** How a text is read: a notation that can be recognised, a Connect GET, a Connect error, or the text format of a message type. */
export type ReadAs = PasteFormat | "connect-get" | "connect-error" | "text-format";

/** What the inspector page looks at. Choices that are undefined are recognised from the bytes. */
export interface InspectInput {
  readonly source: InspectSource;
  readonly readAs: ReadAs | undefined;
  readonly framing: BodyFraming | undefined;
  readonly encoding: string | undefined;
  /** What messages are written in. */
  readonly codec: "proto" | "json" | undefined;
  /** Full name of the message type; "" for none. */
  readonly typeName: string;
  /** Id of the example that was opened and is unchanged. */
  readonly example: string | undefined;
}

/** Nothing yet. */
export const emptyInput: InspectInput = {
  source: { kind: "text", text: "" },
  readAs: undefined,
  framing: undefined,
  encoding: undefined,
  codec: undefined,
  typeName: "",
  example: undefined,
};

let current = emptyInput;
const listeners = new Set<() => void>();

/** Changes what is looked at; it stays while other screens are visited. */
export function setInspectInput(input: InspectInput): void {
  current = input;
  for (const listener of listeners) listener();
}

/** What is looked at. Not by useSyncExternalStore, which would draw a large file in one go even where it was set in a transition. */
export function useInspectInput(): InspectInput {
  const [input, setInput] = useState(current);
  useEffect(() => {
    const follow = (): void => {
      setInput(current);
    };
    follow();
    listeners.add(follow);
    return () => {
      listeners.delete(follow);
    };
  }, []);
  return input;
}
