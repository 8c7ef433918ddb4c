import type { Instance } from "../../catalog/instance.ts";

/** One way to choose among instances that can all take a call; never called with an empty list. One file per way, with its own small state. */
export interface Select {
  /** Lower-kebab, as in `rpcdeck-select`. */
  readonly name: string;
  readonly choose: (instances: readonly Instance[], service: string) => Instance | undefined;
}
