import {
  defaultOf,
  type FieldValue,
  isMessageValue,
  type Item,
  type Scalar,
  sameScalar,
  type Step,
  withItem,
  withoutField,
} from "@rpcdeck/schema";
import { memo, useRef, useState } from "react";
import { Segmented } from "#ui/segmented.tsx";
import { useForm } from "./form-context.ts";
import s from "./form.module.css";
import { isBlock, messageIndent } from "./item-action.ts";
import { MessageField } from "./message-field.tsx";
import { PackedBytes } from "./packed-bytes.tsx";
import { type FieldProps, Row } from "./row.tsx";
import { TimestampNote } from "./timestamp-control.tsx";
import { ValueControl } from "./value-control.tsx";

interface SingleFieldProps extends FieldProps {
  readonly value: FieldValue | undefined;
  readonly steps: readonly Step[];
  /** The chosen member of a oneof: it is always there. */
  readonly isArm?: boolean;
}

/** A field that holds one value. */
export const SingleField = memo(function SingleField(props: SingleFieldProps) {
  if (isBlock(props.row.item)) return <MessageField {...props} />;
  return <LeafField {...props} />;
});

const presenceScalars: ReadonlySet<string> = new Set(["text", "integer", "floating", "bytes"]);

function LeafField(props: SingleFieldProps) {
  const { row, path, steps, value } = props;
  const { store, rules } = useForm();
  const input = useRef<HTMLInputElement>(null);
  const [meansSet, setMeansSet] = useState(false);
  const item = value?.kind === "single" ? value.item : undefined;
  const isArm = props.isArm === true;
  const isExplicit = row.presence !== "implicit" && !isArm;
  const zero = defaultOf(row.field);
  const isDefault = item !== undefined && isSame(item, zero);

  const set = (next: Item) => {
    // A default that was sent stays sent when it is typed again.
    if (item !== undefined && isSame(next, item)) return;
    const isNothing = row.presence === "implicit" && !isArm && !isMessageValue(next) && isSame(next, zero);
    store.edit(steps, (message) => (isNothing ? withoutField(message, row.field) : withItem(message, row.field, next)));
  };
  const unset = () => {
    store.setText(path, undefined);
    setMeansSet(false);
    store.edit(steps, (message) => withoutField(message, row.field));
  };
  const hasPresenceControl = isExplicit && presenceScalars.has(row.control);
  const isHidden = hasPresenceControl && item === undefined && store.text(path) === undefined;
  // What has no text of its own for an absent value says it beside.
  const isSilent =
    row.presence === "implicit" && !isArm && (row.control === "bool" || row.control === "enum") && (item === undefined || isDefault);
  const missing = row.presence === "required" && item === undefined ? "required, not set" : undefined;
  return (
    <>
      <Row {...props} isPresent={value !== undefined} help={helpOf(props, item, isDefault, set)} problem={missing}>
        {(notesId) => (
          <>
            {hasPresenceControl && (
              <Segmented<"unset" | "default" | "set">
                label={`Presence of ${path}`}
                size="sm"
                segments={[
                  { id: "unset", label: "unset" },
                  { id: "default", label: "default" },
                  { id: "set", label: "set" },
                ]}
                selected={item === undefined ? "unset" : isDefault && !meansSet ? "default" : "set"}
                onSelect={(presence) => {
                  if (presence === "unset") unset();
                  else {
                    setMeansSet(presence === "set");
                    store.setText(path, undefined);
                    if (presence === "default" || item === undefined) set(zero);
                    if (presence === "set") requestAnimationFrame(() => input.current?.focus());
                  }
                }}
              />
            )}
            {!isHidden && (
              <ValueControl
                type={row.item}
                field={row.field}
                item={item}
                path={path}
                label={path}
                onItem={(next) => {
                  if (!isSame(next, zero)) setMeansSet(false);
                  set(next);
                }}
                onUnset={isArm || hasPresenceControl ? undefined : unset}
                isExplicit={isExplicit}
                isRequired={row.presence === "required" || rules?.isRequiredByRules(row.field) === true}
                placeholder={placeholderOf(props, zero)}
                describedBy={notesId}
                inputRef={input}
              />
            )}
            {isSilent && <span className={s.quiet}>{item === undefined ? "not sent" : "sent, although it is the default"}</span>}
          </>
        )}
      </Row>
      {row.control === "bytes" && !isHidden && (
        <PackedBytes field={row.field} item={item} steps={steps} path={path} indent={props.indent + messageIndent} />
      )}
    </>
  );
}

function isSame(a: Item, b: Item): boolean {
  return isScalar(a) && isScalar(b) && sameScalar(a, b);
}

function isScalar(item: Item): item is Scalar {
  return !isMessageValue(item);
}

function scalarText(item: Item): string {
  if (typeof item === "string") return JSON.stringify(item);
  return typeof item === "object" ? "" : String(item);
}

function placeholderOf({ row, isArm }: SingleFieldProps, zero: Item): string | undefined {
  if (isArm === true || row.presence !== "implicit") return undefined;
  if (row.control === "integer" || row.control === "floating") return `${scalarText(zero)}, not sent`;
  return "empty, not sent";
}

function helpOf(props: SingleFieldProps, item: Item | undefined, isDefault: boolean, set: (item: Item) => void) {
  const { row, path } = props;
  if (row.control === "timestamp" && row.item.kind === "message") {
    return <TimestampNote item={item} onItem={set} path={path} desc={row.item.message} />;
  }
  if (row.control === "integer" || row.control === "floating" || row.control === "text") {
    const shown = scalarText(defaultOf(row.field));
    if (isDefault && row.presence !== "implicit" && props.isArm !== true) return `${shown} is sent`;
    const hasOwnDefault = row.field.proto.defaultValue !== "";
    if (item === undefined && hasOwnDefault) return `not sent; readers take ${shown}`;
  }
  return undefined;
}
