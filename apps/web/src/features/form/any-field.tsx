import {
  channelFor,
  controlOf,
  emptyMessage,
  encodeDocument,
  type FieldValue,
  findMessageTypes,
  isMessageValue,
  type Item,
  itemAt,
  type ItemType,
  type MessageValue,
  parsed,
  type Step,
  typeNameOfUrl,
  unpackAny,
  updateIn,
  urlOfType,
  withItem,
  withoutField,
} from "@rpcdeck/schema";
import { type CSSProperties, useId, useMemo } from "react";
import { Button } from "#ui/button.tsx";
import { FormContext, useForm, useFormPart } from "./form-context.ts";
import type { FormStore } from "./form-store.ts";
import s from "./form.module.css";
import { messageIndent } from "./message-field.tsx";
import { type FieldProps, Fold, Row } from "./row.tsx";
import { TextSlot } from "./text-slot.tsx";
import { ValueControl } from "./value-control.tsx";

/** No more types than this are suggested. */
const maxTypes = 40;

/** A field of type Any. */
export function AnyField(
  props: FieldProps & { readonly value: FieldValue | undefined; readonly steps: readonly Step[]; readonly isArm?: boolean },
) {
  const { row, path, steps, value } = props;
  const { store } = useForm();
  const any = value?.kind === "single" && isMessageValue(value.item) ? value.item : undefined;
  const wantsOpen = useFormPart((form) => form.isOpen(path, steps.length === 0));
  const isOpen = wantsOpen && any !== undefined;
  const inner = useMemo(() => [...steps, { field: row.field, index: undefined }], [steps, row.field]);
  if (row.item.kind !== "message") return null;
  const { message: desc } = row.item;
  return (
    <>
      <Row
        {...props}
        isPresent={any !== undefined}
        isOpen={isOpen}
        mark={
          any !== undefined && (
            <Fold
              label={`${path}, Any`}
              isOpen={isOpen}
              onToggle={() => {
                store.setOpen(path, !isOpen);
              }}
            />
          )
        }
      >
        {() =>
          any === undefined ? (
            <Button
              size="sm"
              variant="ghost"
              icon="plus"
              onPress={() => {
                store.setOpen(path, true);
                store.edit(steps, (outer) => withItem(outer, row.field, emptyMessage(desc)));
              }}
            >
              {`Set ${row.field.name}`}
            </Button>
          ) : (
            props.isArm !== true && (
              <Button
                size="sm"
                variant="ghost"
                onPress={() => {
                  store.dropTexts(path);
                  store.edit(steps, (outer) => withoutField(outer, row.field));
                }}
              >
                {`Unset ${row.field.name}`}
              </Button>
            )
          )
        }
      </Row>
      {isOpen && <AnyBody any={any} steps={inner} path={path} indent={props.indent + messageIndent} />}
    </>
  );
}

/** The type of an Any, searched in the whole registry, and the message inside. */
export function AnyBody({
  any,
  steps,
  path,
  indent,
}: {
  readonly any: MessageValue;
  readonly steps: readonly Step[];
  readonly path: string;
  readonly indent: number;
}) {
  const { store } = useForm();
  const id = useId();
  const [urlField, valueField] = any.desc.fields;
  const rawUrl = itemAt(any, 1);
  const url = typeof rawUrl === "string" ? rawUrl : "";
  const payload = unpackAny(any, store.registry);
  const typed = useFormPart((state) => state.text(`${path}.type_url`)?.text ?? "");
  const suggestions = useMemo(
    () => findMessageTypes(store.registry, typed === "" ? "" : typeNameOfUrl(typed), maxTypes),
    [store.registry, typed],
  );
  const innerStore = useMemo(
    (): FormStore => ({
      ...store,
      edit: (inner, update) => {
        store.edit(steps, (outer) => {
          const before = unpackAny(outer, store.registry);
          return before === undefined ? outer : withPayload(outer, updateIn(before, inner, update));
        });
      },
    }),
    [store, steps],
  );
  if (urlField === undefined || valueField === undefined) return null;

  const setType = (next: string) => {
    if (next === url) return;
    store.keep(`${path}@${url}`, any.fields.get(2)?.value);
    store.dropTexts(`${path}.value`);
    const kept = store.kept(`${path}@${next}`);
    store.edit(steps, (outer) => {
      const named = next === "" ? withoutField(outer, urlField) : withItem(outer, urlField, next);
      return kept?.kind === "single" ? withItem(named, valueField, kept.item) : withoutField(named, valueField);
    });
  };
  const type: ItemType | undefined = payload === undefined ? undefined : { kind: "message", message: payload.desc, delimited: false };
  const isRows = type === undefined || controlOf(type) === "message" || controlOf(type) === "any";
  return (
    <>
      <div className={s.row} style={{ "--indent": `${indent}px` } as CSSProperties} data-path={`${path}.type_url`}>
        <span />
        <span />
        <span className={s.name}>@type</span>
        <div className={s.control}>
          <TextSlot<string>
            path={`${path}.type_url`}
            label={`Type of ${path}`}
            printed={url === "" ? "" : typeNameOfUrl(url)}
            parse={(text) => {
              const name = text.trim();
              const known = store.registry.getMessage(typeNameOfUrl(name));
              if (known !== undefined) return parsed(typeNameOfUrl(url) === known.typeName ? url : urlOfType(known));
              if (name.includes("/")) return parsed(name);
              const [first] = findMessageTypes(store.registry, name, 1);
              const hint = first === undefined ? "" : `; the nearest is ${first.typeName}`;
              return { ok: false, problem: { message: `type ${name} is not in this schema${hint}`, position: 0 } };
            }}
            onValue={setType}
            onEmpty={() => {
              setType("");
            }}
            placeholder="full name of a message type"
            mono
            list={id}
          />
          <datalist id={id}>
            {suggestions.map((desc) => (
              <option key={desc.typeName} value={desc.typeName}>
                {desc.name}
              </option>
            ))}
          </datalist>
        </div>
        <span className={s.type}>type URL</span>
        <TypeProblem path={`${path}.type_url`} />
      </div>
      {type === undefined || payload === undefined ? (
        <BytesRow any={any} steps={steps} path={path} indent={indent} />
      ) : isRows ? (
        <Payload payload={payload} store={innerStore} path={`${path}.value`} indent={indent} />
      ) : (
        <div className={s.row} style={{ "--indent": `${indent}px` } as CSSProperties} data-path={`${path}.value`}>
          <span />
          <span className={s.number}>2</span>
          <span className={s.name}>value</span>
          <div className={s.control}>
            <ValueControl
              type={type}
              item={payload}
              path={`${path}.value`}
              label={`${path}.value`}
              onItem={(item: Item) => {
                if (isMessageValue(item)) store.edit(steps, (outer) => withPayload(outer, item));
              }}
            />
          </div>
          <span className={s.type}>{payload.desc.name}</span>
          <TypeProblem path={`${path}.value`} />
        </div>
      )}
    </>
  );
}

const noSteps: readonly Step[] = [];

/** The rows of the message inside: a form of its own, whose edits go into the bytes of the Any. */
function Payload(props: { readonly payload: MessageValue; readonly store: FormStore; readonly path: string; readonly indent: number }) {
  const { store, path } = props;
  const { desc } = props.payload;
  const form = useForm();
  const { Rows } = form;
  const inner = useMemo(
    () => ({ ...form, store, channelOf: (at: string) => channelFor(desc, at.slice(path.length + 1)) }),
    [form, store, desc, path],
  );
  return (
    <FormContext value={inner}>
      {desc.typeName === "google.protobuf.Any" ? (
        <AnyBody any={props.payload} steps={noSteps} path={path} indent={props.indent + messageIndent} />
      ) : (
        <Rows message={props.payload} steps={noSteps} path={path} indent={props.indent} />
      )}
    </FormContext>
  );
}

function withPayload(any: MessageValue, payload: MessageValue): MessageValue {
  const field = any.desc.fields[1];
  if (field === undefined) return any;
  const bytes = encodeDocument(payload);
  return bytes.length === 0 ? withoutField(any, field) : withItem(any, field, bytes);
}

function TypeProblem({ path }: { readonly path: string }) {
  const pending = useFormPart((form) => form.text(path));
  return (
    <div className={s.notes}>
      {pending !== undefined && (
        <p className={s.error} role="alert">
          {pending.problem.message}
        </p>
      )}
    </div>
  );
}

function BytesRow({
  any,
  steps,
  path,
  indent,
}: {
  readonly any: MessageValue;
  readonly steps: readonly Step[];
  readonly path: string;
  readonly indent: number;
}) {
  const { store } = useForm();
  const field = any.desc.fields[1];
  if (field === undefined) return null;
  return (
    <div className={s.row} style={{ "--indent": `${indent}px` } as CSSProperties} data-path={`${path}.value`}>
      <span />
      <span className={s.number}>2</span>
      <span className={s.name}>value</span>
      <div className={s.control}>
        <ValueControl
          type={{ kind: "scalar", scalar: 12 }}
          item={itemAt(any, 2)}
          path={`${path}.value`}
          label={`${path}.value`}
          onItem={(item) => {
            store.edit(steps, (outer) =>
              item instanceof Uint8Array && item.length > 0 ? withItem(outer, field, item) : withoutField(outer, field),
            );
          }}
        />
      </div>
      <span className={s.type}>bytes</span>
      <TypeProblem path={`${path}.value`} />
    </div>
  );
}
