import { channelFor, type MessageValue, type Step, updateIn } from "@rpcdeck/schema";
import { useMemo } from "react";
import { FormContext, useForm } from "./form-context.ts";
import type { FormStore } from "./form-store.ts";

const noSteps: readonly Step[] = [];

/** A message that stands as bytes in another: a form of its own, whose edits go into those bytes. */
export function PackedMessage(props: {
  readonly payload: MessageValue;
  /** The message around, whose `read` gives the payload. */
  readonly steps: readonly Step[];
  readonly read: (outer: MessageValue) => MessageValue | undefined;
  readonly write: (outer: MessageValue, payload: MessageValue) => MessageValue;
  readonly path: string;
  readonly indent: number;
}) {
  const { payload, steps, read, write, path } = props;
  const { desc } = payload;
  const form = useForm();
  const { store, Body } = form;
  const inner = useMemo(() => {
    const packed: FormStore = {
      ...store,
      edit: (deeper, update) => {
        store.edit(steps, (outer) => {
          const before = read(outer);
          return before === undefined ? outer : write(outer, updateIn(before, deeper, update));
        });
      },
    };
    return { ...form, store: packed, channelOf: (at: string) => channelFor(desc, at.slice(path.length + 1)) };
  }, [form, store, steps, read, write, desc, path]);
  return (
    <FormContext value={inner}>
      <Body message={payload} steps={noSteps} path={path} indent={props.indent} />
    </FormContext>
  );
}
