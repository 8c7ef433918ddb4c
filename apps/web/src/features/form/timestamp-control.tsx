import type { DescMessage } from "@bufbuild/protobuf";
import {
  emptyMessage,
  isMessageValue,
  itemAt,
  parseTimestampText,
  printTimestampText,
  timestampFromMs,
  type TimestampParts,
} from "@rpcdeck/schema";
import { useRef } from "react";
import { IconButton } from "#ui/button.tsx";
import { Select } from "#ui/select.tsx";
import { useForm, useFormPart } from "./form-context.ts";
import s from "./form.module.css";
import { TextSlot } from "./text-slot.tsx";
import { numberOf, type ValueControlProps, withScalars } from "./value-props.ts";

const zones = [
  { id: "utc", label: "UTC" },
  { id: "local", label: "local", note: Intl.DateTimeFormat().resolvedOptions().timeZone },
] as const;

/** A point in time as text in a zone, with the browser's calendar. */
export function TimestampControl({ desc, ...props }: ValueControlProps & { readonly desc: DescMessage }) {
  const { store } = useForm();
  const zone = useFormPart((form) => form.zone());
  const picker = useRef<HTMLInputElement>(null);
  const message = isMessageValue(props.item) ? props.item : emptyMessage(desc);
  const parts: TimestampParts = { seconds: BigInt(numberOf(itemAt(message, 1))), nanos: Number(numberOf(itemAt(message, 2))) };
  const text = printTimestampText(parts, { kind: zone });
  const set = ({ seconds, nanos }: TimestampParts) => {
    store.setText(props.path, undefined);
    props.onItem(withScalars(message, [seconds, nanos]));
  };
  return (
    <>
      <TextSlot<TimestampParts>
        {...props}
        printed={props.item === undefined ? "" : (text ?? `${parts.seconds} s, ${parts.nanos} ns`)}
        parse={(typed) => parseTimestampText(typed, { kind: zone })}
        onValue={set}
        onEmpty={props.onUnset}
        placeholder={props.onUnset === undefined ? "year-month-day hour:minute:second" : "unset"}
        end={
          <IconButton
            label={`Open calendar for ${props.label}`}
            icon="calendar"
            size="xs"
            onPress={() => {
              picker.current?.showPicker();
            }}
          />
        }
      />
      <input
        ref={picker}
        type="datetime-local"
        step="1"
        className={s.picker}
        tabIndex={-1}
        aria-hidden="true"
        value={text?.slice(0, 19).replace(" ", "T") ?? ""}
        onChange={(event) => {
          const chosen = parseTimestampText(event.target.value, { kind: zone });
          if (chosen.ok) set(chosen.value);
        }}
      />
      <Select
        label={`Time zone of ${props.label}`}
        size="sm"
        className={s.zone}
        options={zones}
        selected={zone}
        onSelect={(chosen) => {
          store.setText(props.path, undefined);
          store.setZone(chosen);
        }}
      />
    </>
  );
}

/** The seconds and nanoseconds of a Timestamp, and a way to set it to the time it is. */
export function TimestampNote(props: Pick<ValueControlProps, "item" | "onItem" | "path"> & { readonly desc: DescMessage }) {
  const { store } = useForm();
  const message = isMessageValue(props.item) ? props.item : emptyMessage(props.desc);
  return (
    <>
      {props.item !== undefined && (
        <span className={s.mono}>{`${numberOf(itemAt(message, 1))} s, ${numberOf(itemAt(message, 2))} ns `}</span>
      )}
      <button
        type="button"
        className={s.link}
        onClick={() => {
          const { seconds, nanos } = timestampFromMs(Date.now());
          store.setText(props.path, undefined);
          props.onItem(withScalars(message, [seconds, nanos]));
        }}
      >
        Set to now
      </button>
    </>
  );
}
