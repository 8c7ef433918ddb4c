import { emptyMessage } from "@rpcdeck/schema";
import { Segmented } from "#ui/segmented.tsx";
import type { ValueControlProps } from "./value-props.ts";

/** Whether a message of one line is there. */
export function Presence(props: ValueControlProps) {
  if (props.type.kind !== "message") return null;
  const { message } = props.type;
  if (props.onUnset === undefined) return <span>nothing inside</span>;
  return (
    <Segmented<"unset" | "set">
      label={`Presence of ${props.label}`}
      size="sm"
      segments={[
        { id: "unset", label: "unset" },
        { id: "set", label: "set" },
      ]}
      selected={props.item === undefined ? "unset" : "set"}
      onSelect={(id) => {
        if (id === "unset") props.onUnset?.();
        else props.onItem(emptyMessage(message));
      }}
    />
  );
}
