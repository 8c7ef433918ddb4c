import { emptyMessage, type FieldValue, type Item, itemPath, itemsAt, type Step, withField, zeroOf } from "@rpcdeck/schema";
import { type KeyboardEvent, memo, useState } from "react";
import { useSteady } from "#lib/use-steady.ts";
import { Button } from "#ui/button.tsx";
import { useForm, useFormPart } from "./form-context.ts";
import s from "./form.module.css";
import type { ItemAction } from "./item-action.ts";
import { Items, ItemsRow } from "./items.tsx";
import { ListItem } from "./list-item.tsx";
import { PasteList } from "./paste-list.tsx";
import type { FieldProps } from "./row.tsx";

interface ListFieldProps extends FieldProps {
  readonly value: FieldValue | undefined;
  readonly steps: readonly Step[];
}

/** A repeated field: its items below, to add, paste, move, duplicate and remove. */
export const ListField = memo(function ListField(props: ListFieldProps) {
  const { row, path, steps, value } = props;
  const { store } = useForm();
  const [isPasting, setPasting] = useState(false);
  const items = value?.kind === "list" ? value.items : noItems;
  const wantsOpen = useFormPart((form) => form.isOpen(path, steps.length === 0));
  const isOpen = wantsOpen && items.length > 0;
  const shown = useFormPart((form) => indexIn(form.selected(), path));

  const change = (update: (items: readonly Item[]) => readonly Item[]) => {
    store.edit(steps, (message) => withField(message, row.field, { kind: "list", items: update(itemsAt(message, row.field.number)) }));
  };
  const add = (added: readonly Item[]) => {
    if (items.length === 0 || !isOpen) store.setOpen(path, true);
    const first = items.length;
    if (added.length === 1) store.setOpen(itemPath(path, first), true);
    change((before) => [...before, ...added]);
    if (added.length === 1) focusItem(itemPath(path, first));
  };
  const act = (index: number, action: ItemAction) => {
    const item = items[index];
    if (item === undefined) return;
    const { next, focus, to } = applied(items, index, action, () => fresh(row.item));
    if (next === items) return;
    if (store.isLocked()) {
      change(() => next);
      return;
    }
    store.moveItems(path, to);
    if (action === "insert" || action === "duplicate") store.setOpen(itemPath(path, focus), true);
    change(() => next);
    if (next.length > 0) focusItem(itemPath(path, Math.min(focus, next.length - 1)));
  };
  const onAction = useSteady(act);
  const onKeyDown = (event: KeyboardEvent) => {
    const action = actionOf(event);
    const holder = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-item]") : null;
    if (action === undefined || holder === null || holder.dataset["list"] !== path) return;
    event.preventDefault();
    event.stopPropagation();
    act(Number(holder.dataset["item"]), action);
  };
  const draw = (index: number) => {
    const item = items[index];
    return item === undefined ? null : (
      <ListItem
        row={row}
        item={item}
        index={index}
        count={items.length}
        listPath={path}
        steps={steps}
        indent={props.indent}
        onAction={onAction}
      />
    );
  };
  return (
    // Keys of the items bubble up to here.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onKeyDown={onKeyDown}>
      <ItemsRow {...props} isOpen={isOpen} count={items.length} noun="items">
        {(notesId) => (
          <>
            <Button
              size="sm"
              variant="ghost"
              icon="plus"
              aria-describedby={notesId}
              onPress={() => {
                add([fresh(row.item)]);
              }}
            >
              Add item<span className={s.sr}>{` to ${path}`}</span>
            </Button>
            <Button
              size="sm"
              variant="ghost"
              aria-expanded={isPasting}
              onPress={() => {
                setPasting(!isPasting);
              }}
            >
              Paste list<span className={s.sr}>{` into ${path}`}</span>
            </Button>
          </>
        )}
      </ItemsRow>
      {isPasting && (
        <PasteList
          row={row}
          path={path}
          indent={props.indent}
          onItems={(pasted) => {
            setPasting(false);
            add(pasted);
          }}
          onCancel={() => {
            setPasting(false);
          }}
        />
      )}
      {isOpen && <Items count={items.length} draw={draw} shown={shown} />}
    </div>
  );
});

const noItems: readonly Item[] = [];

/** A new item: an empty message, or zero. */
function fresh(type: FieldProps["row"]["item"]): Item {
  return type.kind === "message" ? emptyMessage(type.message) : zeroOf(type);
}

function actionOf(event: KeyboardEvent): ItemAction | undefined {
  if (event.altKey && event.key === "ArrowUp" && !event.shiftKey) return "up";
  if (event.altKey && event.key === "ArrowDown") return event.shiftKey ? "duplicate" : "down";
  return (event.ctrlKey || event.metaKey) && event.key === "Backspace" ? "remove" : undefined;
}

function applied(items: readonly Item[], index: number, action: ItemAction, make: () => Item) {
  const item = items[index] ?? make();
  switch (action) {
    case "up":
    case "down": {
      const other = action === "up" ? index - 1 : index + 1;
      const neighbour = items[other];
      if (neighbour === undefined) return { next: items, focus: index, to: (at: number) => at };
      const next = items.map((old, at) => (at === index ? neighbour : at === other ? item : old));
      return { next, focus: other, to: (at: number) => (at === index ? other : at === other ? index : at) };
    }
    case "duplicate":
      return { next: items.toSpliced(index + 1, 0, item), focus: index + 1, to: (at: number) => (at > index ? at + 1 : at) };
    case "insert":
      return { next: items.toSpliced(index + 1, 0, make()), focus: index + 1, to: (at: number) => (at > index ? at + 1 : at) };
    case "remove":
      return {
        next: items.toSpliced(index, 1),
        focus: index,
        to: (at: number) => (at === index ? undefined : at > index ? at - 1 : at),
      };
  }
}

/** Moves the focus into an item once it is drawn. */
function focusItem(path: string): void {
  requestAnimationFrame(() => {
    for (const holder of document.querySelectorAll<HTMLElement>("[data-item-path]")) {
      if (holder.dataset["itemPath"] !== path) continue;
      holder.querySelector<HTMLElement>("input:not([hidden]), textarea, [role=radio], button")?.focus();
      return;
    }
  });
}

function indexIn(selected: string, listPath: string): number | undefined {
  if (!selected.startsWith(`${listPath}[`)) return undefined;
  const index = Number(selected.slice(listPath.length + 1, selected.indexOf("]", listPath.length)));
  return Number.isInteger(index) ? index : undefined;
}
