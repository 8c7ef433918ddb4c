import { type ClipboardEvent, type KeyboardEvent, type ReactNode, type RefObject, useState } from "react";
import type { Parsed } from "@rpcdeck/schema";
import { cx } from "#lib/cx.ts";
import { useForm, useFormPart } from "./form-context.ts";
import s from "./form.module.css";

/** Texts longer than this are shown shortened and edited elsewhere, so that a key press stays quick. */
const maxSlotCharacters = 20_000;

interface TextSlotProps<Value> {
  readonly path: string;
  /** Accessible name. */
  readonly label: string;
  /** The value as text. */
  readonly printed: string;
  readonly parse: (text: string) => Parsed<Value>;
  readonly onValue: (value: Value) => void;
  /** What an empty text does; without it an empty text is parsed like any other. */
  readonly onEmpty?: (() => void) | undefined;
  readonly placeholder?: string | undefined;
  readonly mono?: boolean;
  /** Shows lines as lines. */
  readonly lines?: boolean;
  /** Takes line breaks by paste or Alt Enter. */
  readonly multiline?: boolean;
  readonly numeric?: boolean;
  readonly isRequired?: boolean;
  readonly isReadOnly?: boolean;
  readonly describedBy?: string | undefined;
  readonly end?: ReactNode;
  readonly list?: string | undefined;
  readonly inputRef?: RefObject<HTMLInputElement | null> | undefined;
}

/** A slot for the text of one value. What is no value stays as typed, marked, and out of the document. */
export function TextSlot<Value>({ inputRef, ...props }: TextSlotProps<Value>) {
  const { store } = useForm();
  const pending = useFormPart((form) => form.text(props.path));
  const isLocked = useFormPart((form) => form.isLocked());
  // What was typed for the value that is shown now: "0x10" stays until the field is left, although the value prints as "16".
  const [typed, setTyped] = useState<{ readonly text: string; readonly printed: string | undefined }>();
  const current = typed?.printed === undefined || typed.printed === props.printed ? typed?.text : undefined;
  const text = pending?.text ?? current ?? props.printed;

  const take = (next: string) => {
    if (next.trim() === "" && props.onEmpty !== undefined) {
      store.setText(props.path, undefined);
      setTyped(undefined);
      props.onEmpty();
      return;
    }
    const result = props.parse(next);
    if (!result.ok) {
      store.setText(props.path, { text: next, problem: result.problem });
      setTyped(undefined);
      return;
    }
    store.setText(props.path, undefined);
    setTyped({ text: next, printed: undefined });
    props.onValue(result.value);
  };
  // The printed form of what was typed is known at the next rendering only.
  if (typed !== undefined && typed.printed === undefined) setTyped({ text: typed.text, printed: props.printed });

  const insertBreak = (target: HTMLInputElement, inserted: string) => {
    const [from, to] = [target.selectionStart ?? text.length, target.selectionEnd ?? text.length];
    take(text.slice(0, from) + inserted + text.slice(to));
  };
  const isTooLong = text.length > maxSlotCharacters;
  const common = {
    "aria-label": props.label,
    "aria-invalid": pending !== undefined || undefined,
    "aria-describedby": props.describedBy,
    "aria-required": props.isRequired,
    placeholder: props.placeholder,
    spellCheck: false,
    autoComplete: "off",
    readOnly: props.isReadOnly === true || isTooLong || isLocked,
    value: isTooLong ? `${text.slice(0, 200)}… (${text.length} characters, edit them as JSON)` : text,
    // Lines stay as typed: a field that grows when it is left would move the button under the pointer.
    onBlur: () => {
      if (props.lines !== true) setTyped(undefined);
    },
  };
  if (props.lines === true || (props.multiline === true && /[\r\n]/.test(text) && !isTooLong)) {
    return (
      <span className={cx(s.slot, s.area, pending !== undefined && s.invalid)}>
        <textarea
          {...common}
          className={cx(s.input, props.mono === true && s.mono)}
          rows={Math.min(12, Math.max(2, text.split("\n").length))}
          onChange={(event) => {
            take(event.target.value);
          }}
        />
        {props.end}
      </span>
    );
  }
  return (
    <span className={cx(s.slot, props.end !== undefined && s.joined, pending !== undefined && s.invalid)}>
      <input
        {...common}
        ref={inputRef}
        list={props.list}
        type="text"
        inputMode={props.numeric === true ? "numeric" : undefined}
        className={cx(s.input, props.mono === true && s.mono)}
        onChange={(event) => {
          take(event.target.value);
        }}
        onPaste={(event: ClipboardEvent<HTMLInputElement>) => {
          const pasted = event.clipboardData.getData("text/plain");
          if (props.multiline !== true || !/[\r\n]/.test(pasted)) return;
          event.preventDefault();
          insertBreak(event.currentTarget, pasted);
        }}
        onKeyDown={(event: KeyboardEvent<HTMLInputElement>) => {
          if (props.multiline !== true || event.key !== "Enter" || !event.altKey) return;
          event.preventDefault();
          insertBreak(event.currentTarget, "\n");
        }}
      />
      {props.end}
    </span>
  );
}
