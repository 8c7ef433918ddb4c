import { FieldError } from "react-aria-components/FieldError";
import { Group } from "react-aria-components/Group";
import { Input as AriaInput } from "react-aria-components/Input";
import { Label } from "react-aria-components/Label";
import { Text } from "react-aria-components/Text";
import { TextArea } from "react-aria-components/TextArea";
import { TextField } from "react-aria-components/TextField";
import type { KeyboardEvent, ReactNode, Ref } from "react";
import { cx } from "#lib/cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import s from "./input.module.css";

export interface InputProps {
  label: string;
  /** Shows the label above the slot; otherwise it is only the accessible name. */
  showLabel?: boolean;
  value: string;
  onChange: (value: string) => void;
  /** Says what an empty field sends. */
  placeholder?: string | undefined;
  size?: "md" | "sm";
  icon?: IconName | undefined;
  /** For addresses, ids, bytes: what people read letter by letter. */
  mono?: boolean;
  /** Red edge and this sentence below; tied to the field for screen readers. */
  error?: string | undefined;
  /** A quiet sentence below. */
  hint?: ReactNode;
  /** Buttons, a unit or a spinner at the end of the slot. */
  end?: ReactNode;
  /** More than one line. */
  multiline?: boolean;
  type?: "text" | "search" | "password";
  inputMode?: "text" | "numeric" | "decimal" | "url" | undefined;
  isDisabled?: boolean;
  isReadOnly?: boolean;
  autoFocus?: boolean;
  onKeyDown?: (event: KeyboardEvent<HTMLInputElement | HTMLTextAreaElement>) => void;
  onFocus?: () => void;
  onBlur?: () => void;
  className?: string | undefined;
  slotClassName?: string | undefined;
  inputRef?: Ref<HTMLInputElement>;
}

/** A text slot whose lower edge carries the 3:1 contrast. */
export function Input({ inputRef, ...props }: InputProps) {
  const face = cx(s.input, props.mono === true && s.mono);
  const common = {
    className: face,
    ...(props.placeholder === undefined ? {} : { placeholder: props.placeholder }),
    ...(props.onKeyDown === undefined ? {} : { onKeyDown: props.onKeyDown }),
  };
  return (
    <TextField
      className={cx(s.field, props.className)}
      value={props.value}
      onChange={props.onChange}
      isInvalid={props.error !== undefined}
      isDisabled={props.isDisabled ?? false}
      isReadOnly={props.isReadOnly ?? false}
      autoFocus={props.autoFocus ?? false}
      type={props.type ?? "text"}
      {...(props.inputMode === undefined ? {} : { inputMode: props.inputMode })}
      {...(props.onFocus === undefined ? {} : { onFocus: props.onFocus })}
      {...(props.onBlur === undefined ? {} : { onBlur: props.onBlur })}
      {...(props.showLabel === true ? {} : { "aria-label": props.label })}
      spellCheck="false"
      autoComplete="off"
    >
      {props.showLabel === true && <Label className={s.label ?? ""}>{props.label}</Label>}
      <Group
        role="presentation"
        className={cx(
          s.slot,
          props.size === "sm" && s.sm,
          props.end !== undefined && s.joined,
          props.multiline === true && s.area,
          props.slotClassName,
        )}
        isInvalid={props.error !== undefined}
        isDisabled={props.isDisabled ?? false}
      >
        {props.icon && <Icon name={props.icon} />}
        {props.multiline === true ? <TextArea {...common} /> : <AriaInput {...common} {...(inputRef ? { ref: inputRef } : {})} />}
        {props.end}
      </Group>
      {props.hint !== undefined && props.error === undefined && (
        <Text slot="description" className={s.hint ?? ""}>
          {props.hint}
        </Text>
      )}
      {props.error !== undefined && <FieldError className={s.error ?? ""}>{props.error}</FieldError>}
    </TextField>
  );
}
