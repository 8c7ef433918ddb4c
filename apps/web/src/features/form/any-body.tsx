import { ScalarType } from "@bufbuild/protobuf";
import {
  controlOf,
  encodeDocument,
  isMessageValue,
  type Item,
  itemAt,
  type ItemType,
  type MessageValue,
  typeNameOfUrl,
  unpackAny,
  urlOfType,
  withItem,
  withoutField,
} from "@rpcdeck/schema";
import { type CSSProperties, type ReactNode, useCallback } from "react";
import { type MessageRowsProps, useForm, useFormPart } from "./form-context.ts";
import s from "./form.module.css";
import { isBlock } from "./item-action.ts";
import { PackedMessage } from "./packed-message.tsx";
import { TypeSlot } from "./type-slot.tsx";
import { ValueControl } from "./value-control.tsx";

/** The type of an Any, searched in the whole registry, and the message inside. */
export function AnyBody({ message: any, steps, path, indent }: MessageRowsProps) {
  const { store } = useForm();
  const { registry } = store;
  const read = useCallback((outer: MessageValue) => unpackAny(outer, registry), [registry]);
  const [urlField, valueField] = any.desc.fields;
  if (urlField === undefined || valueField === undefined) return null;
  const rawUrl = itemAt(any, 1);
  const url = typeof rawUrl === "string" ? rawUrl : "";
  const payload = read(any);
  const valuePath = `${path}.value`;

  const setUrl = (next: string) => {
    if (next === url) return;
    store.keep(`${path}@${url}`, any.fields.get(2)?.value);
    store.dropTexts(valuePath);
    const kept = store.kept(`${path}@${next}`);
    store.edit(steps, (outer) => {
      const named = next === "" ? withoutField(outer, urlField) : withItem(outer, urlField, next);
      return kept?.kind === "single" ? withItem(named, valueField, kept.item) : withoutField(named, valueField);
    });
  };
  const setItem = (item: Item) => {
    store.edit(steps, (outer) => {
      if (isMessageValue(item)) return withPayload(outer, item);
      return item instanceof Uint8Array && item.length > 0 ? withItem(outer, valueField, item) : withoutField(outer, valueField);
    });
  };
  const type: ItemType =
    payload === undefined ? { kind: "scalar", scalar: ScalarType.BYTES } : { kind: "message", message: payload.desc, delimited: false };
  return (
    <>
      <Line path={`${path}.type_url`} indent={indent} name="@type" note="type URL">
        <TypeSlot
          path={`${path}.type_url`}
          label={`Type of ${path}`}
          typeName={url === "" ? "" : typeNameOfUrl(url)}
          onType={(desc) => {
            // A URL with another host stays while its type does.
            if (desc === undefined || desc.typeName !== typeNameOfUrl(url)) setUrl(desc === undefined ? "" : urlOfType(desc));
          }}
          onUrl={setUrl}
        />
      </Line>
      {payload !== undefined && isBlock(type) ? (
        <PackedMessage payload={payload} steps={steps} read={read} write={withPayload} path={valuePath} indent={indent} />
      ) : (
        <Line path={valuePath} indent={indent} name="value" number={2} note={payload?.desc.name ?? "bytes"}>
          <ValueControl
            key={controlOf(type)}
            type={type}
            item={payload ?? itemAt(any, 2)}
            path={valuePath}
            label={valuePath}
            onItem={setItem}
          />
        </Line>
      )}
    </>
  );
}

function withPayload(any: MessageValue, payload: MessageValue): MessageValue {
  const field = any.desc.fields[1];
  if (field === undefined) return any;
  const bytes = encodeDocument(payload);
  return bytes.length === 0 ? withoutField(any, field) : withItem(any, field, bytes);
}

/** A row of an Any, which has no field of the schema to tell of. */
function Line(props: {
  readonly path: string;
  readonly indent: number;
  readonly name: string;
  readonly number?: number;
  readonly note: string;
  readonly children: ReactNode;
}) {
  const pending = useFormPart((form) => form.text(props.path));
  return (
    <div className={s.row} style={{ "--indent": `${props.indent}px` } as CSSProperties} data-path={props.path}>
      <span />
      <span className={s.number}>{props.number}</span>
      <span className={s.name}>{props.name}</span>
      <div className={s.control}>{props.children}</div>
      <span className={s.type}>{props.note}</span>
      <div className={s.notes}>
        {pending !== undefined && (
          <p className={s.error} role="alert">
            {pending.problem.message}
          </p>
        )}
      </div>
    </div>
  );
}
