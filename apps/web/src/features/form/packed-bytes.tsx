import {
  decodeDocument,
  encodeDocument,
  type Field,
  type Item,
  itemOfStep,
  type MessageValue,
  rowOf,
  type Step,
  withItem,
  withItemOfStep,
  withoutField,
} from "@rpcdeck/schema";
import { useCallback, useMemo } from "react";
import { useForm, useFormPart } from "./form-context.ts";
import { PackedMessage } from "./packed-message.tsx";

/** The fields of a message that stands in a bytes field, once its type was chosen; nothing otherwise. */
export function PackedBytes(props: {
  readonly field: Field;
  /** Which item of a list or entry of a map. */
  readonly index?: number;
  readonly item: Item | undefined;
  /** The way to the message that holds the field. */
  readonly steps: readonly Step[];
  readonly path: string;
  readonly indent: number;
}) {
  const { field, index, item } = props;
  const { registry } = useForm().store;
  const typeName = useFormPart((form) => (form.notation(props.path) === "message" ? form.packedType(props.path) : ""));
  const desc = typeName === "" ? undefined : registry.getMessage(typeName);
  const payloadOf = useCallback(
    (bytes: Item | undefined) => desc && decodeDocument(desc, registry, bytes instanceof Uint8Array ? bytes : new Uint8Array()).message,
    [desc, registry],
  );
  const read = useCallback((outer: MessageValue) => payloadOf(itemOfStep(outer, { field, index })), [payloadOf, field, index]);
  const write = useCallback(
    (outer: MessageValue, payload: MessageValue) => {
      const bytes = encodeDocument(payload);
      if (index !== undefined) return withItemOfStep(outer, { field, index }, bytes);
      const isNothing = bytes.length === 0 && rowOf(field).presence === "implicit" && field.oneof === undefined;
      return isNothing ? withoutField(outer, field) : withItem(outer, field, bytes);
    },
    [field, index],
  );
  const payload = useMemo(() => payloadOf(item), [payloadOf, item]);
  if (payload === undefined) return null;
  return <PackedMessage payload={payload} steps={props.steps} read={read} write={write} path={props.path} indent={props.indent} />;
}
