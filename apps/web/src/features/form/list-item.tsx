import {
  type FieldRow,
  isMessageValue,
  type Item,
  itemPath,
  itemsAt,
  leadsTo,
  printBytes,
  printEnum,
  printNumber,
  sizeOfField,
  type Step,
  summaryOf,
  withField,
} from "@rpcdeck/schema";
import { type CSSProperties, memo, useId, useMemo } from "react";
import { cx } from "#lib/cx.ts";
import { bytesText } from "#lib/format.ts";
import { IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icon.tsx";
import { Menu } from "#ui/menu.tsx";
import { Swatch } from "#ui/swatch.tsx";
import { useForm, useFormPart } from "./form-context.ts";
import s from "./form.module.css";
import { RuleNotes } from "./rule-notes.tsx";
import { isBlock, type ItemAction } from "./item-action.ts";
import { PackedBytes } from "./packed-bytes.tsx";
import { Fold, StaleMark } from "./row.tsx";
import { ValueControl } from "./value-control.tsx";

interface ListItemProps {
  readonly row: FieldRow;
  readonly item: Item;
  readonly index: number;
  readonly count: number;
  readonly listPath: string;
  readonly steps: readonly Step[];
  readonly indent: number;
  readonly onAction: (index: number, action: ItemAction) => void;
}

/** Pixels that items and their fields stand further right than their list. */
const headIndent = 18;
const bodyIndent = 44;

/** One item of a list: a line with its value, or a head with its fields below. */
export const ListItem = memo(function ListItem(props: ListItemProps) {
  const path = itemPath(props.listPath, props.index);
  return (
    <div data-item={props.index} data-list={props.listPath} data-item-path={path}>
      {isBlock(props.row.item) && isMessageValue(props.item) ? <BlockItem {...props} path={path} /> : <LineItem {...props} path={path} />}
    </div>
  );
});

function BlockItem({ row, item, index, path, steps, indent, ...rest }: ListItemProps & { readonly path: string }) {
  const { store, Body } = useForm();
  const isOpen = useFormPart((form) => form.isOpen(path, false));
  const isLinked = useFormPart((form) => form.selected() === path || (!isOpen && leadsTo(path, form.selected())));
  const isStale = useFormPart((form) => form.isStale(path));
  const hasProblem = useFormPart((form) => form.violationsIn(path) > 0);
  const inner = useMemo(() => [...steps, { field: row.field, index }], [steps, row.field, index]);
  const [first, ...others] = summaryOf(item, printLeaf);
  const size = useMemo(() => sizeOfField(row.field, { kind: "list", items: [item] }), [row.field, item]);
  if (!isMessageValue(item)) return null;
  return (
    <>
      <div
        className={cx(s.itemHead, isLinked && s.linked, isStale && s.stale)}
        style={{ "--indent": `${indent + headIndent}px` } as CSSProperties}
        data-path={path}
        onFocusCapture={() => {
          store.select(path);
        }}
      >
        <Fold
          label={`Item ${index} of ${rest.listPath}`}
          isOpen={isOpen}
          onToggle={() => {
            store.setOpen(path, !isOpen);
          }}
        />
        <span className={s.index}>{`[${index}]`}</span>
        {isStale && <StaleMark />}
        <span className={cx(s.summary, hasProblem && s.bad)}>
          {hasProblem && <Icon name="alert" size={14} />}
          <span className={s.mono}>{first ?? "empty"}</span>
          <span className={s.quiet}>{others.join(" ")}</span>
        </span>
        <span className={s.size}>{bytesText(size)}</span>
        <ItemMenu {...rest} index={index} path={path} />
      </div>
      <div className={s.blockNotes} style={{ "--indent": `${indent + bodyIndent}px` } as CSSProperties}>
        <RuleNotes path={path} isClosed={!isOpen} />
      </div>
      {isOpen && <Body message={item} steps={inner} path={path} indent={indent + bodyIndent} />}
    </>
  );
}

function LineItem({ row, item, index, path, steps, indent, ...rest }: ListItemProps & { readonly path: string }) {
  const { store, channelOf } = useForm();
  const notesId = useId();
  const isLinked = useFormPart((form) => form.selected() === path || leadsTo(path, form.selected()));
  const pending = useFormPart((form) => form.text(path));
  const isStale = useFormPart((form) => form.isStale(path));
  return (
    <>
      <div
        className={cx(s.lineItem, isLinked && s.linked, isStale && s.stale)}
        style={{ "--indent": `${indent + headIndent}px` } as CSSProperties}
        data-path={path}
        onFocusCapture={() => {
          store.select(path);
        }}
      >
        <Swatch channel={channelOf(path)} />
        <span className={s.index}>
          {`[${index}]`}
          {isStale && <StaleMark />}
        </span>
        <div className={s.control}>
          <ValueControl
            type={row.item}
            field={row.field}
            item={item}
            path={path}
            label={path}
            describedBy={notesId}
            onItem={(next) => {
              store.edit(steps, (message) =>
                withField(message, row.field, { kind: "list", items: itemsAt(message, row.field.number).with(index, next) }),
              );
            }}
          />
        </div>
        <ItemMenu {...rest} index={index} path={path} />
        <div id={notesId} className={s.notes}>
          {pending !== undefined && (
            <p className={s.error} role="alert">
              <Icon name="alert" size={14} />
              {pending.problem.message}
            </p>
          )}
          <RuleNotes path={path} />
        </div>
      </div>
      {row.control === "bytes" && (
        <PackedBytes field={row.field} index={index} item={item} steps={steps} path={path} indent={indent + bodyIndent} />
      )}
    </>
  );
}

function ItemMenu({ index, count, path, onAction }: Pick<ListItemProps, "index" | "count" | "onAction"> & { readonly path: string }) {
  const entry = (id: ItemAction, label: string, keys?: string, isDisabled = false) => ({
    id,
    label,
    keys,
    isDisabled,
    onAction: () => {
      onAction(index, id);
    },
  });
  return (
    <Menu
      label={`Item ${path}`}
      entries={[
        entry("up", "Move up", "Alt ↑", index === 0),
        entry("down", "Move down", "Alt ↓", index === count - 1),
        entry("duplicate", "Duplicate", "Alt Shift ↓"),
        entry("insert", "Insert below"),
        { ...entry("remove", "Remove", "Ctrl Backspace"), danger: true },
      ]}
    >
      <IconButton label={`More for ${path}`} icon="more" size="xs" />
    </Menu>
  );
}

/** A leaf value in few characters. */
export function printLeaf(item: Item, field: FieldRow["field"]): string {
  if (item instanceof Uint8Array) return item.length <= 8 ? (printBytes(item, "hex") ?? "") : bytesText(item.length);
  if (isMessageValue(item)) return item.desc.name;
  if (typeof item === "number" && field.enum !== undefined) return printEnum(item, field.enum);
  if (typeof item === "number") return printNumber(item, field.scalar ?? 1);
  const text = String(item);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
