import { Button } from "react-aria-components/Button";
import { Label } from "react-aria-components/Label";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { Select as AriaSelect, SelectValue } from "react-aria-components/Select";
import type { ReactNode } from "react";
import { cx } from "#lib/cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import p from "./popover.module.css";
import s from "./select.module.css";

/** One choice. */
export interface Option<Id extends string = string> {
  readonly id: Id;
  readonly label: string;
  /** Quiet words at the end of the row. */
  readonly note?: string | undefined;
  readonly isDisabled?: boolean | undefined;
}

/** A slot with an up-down mark that opens a list. Type ahead works. */
export function Select<Id extends string>(props: {
  label: string;
  showLabel?: boolean;
  options: readonly Option<Id>[];
  selected: Id | undefined;
  onSelect: (id: Id) => void;
  placeholder?: string | undefined;
  size?: "md" | "sm";
  icon?: IconName | undefined;
  isDisabled?: boolean;
  isInvalid?: boolean;
  /** Said where the list is empty. */
  empty?: ReactNode;
  className?: string | undefined;
}) {
  return (
    <AriaSelect
      className={cx(s.field, props.className)}
      selectedKey={props.selected ?? null}
      onSelectionChange={(key) => {
        const option = props.options.find((item) => item.id === key);
        if (option) props.onSelect(option.id);
      }}
      isDisabled={props.isDisabled ?? false}
      isInvalid={props.isInvalid ?? false}
      placeholder={props.placeholder ?? "choose"}
      {...(props.showLabel === true ? {} : { "aria-label": props.label })}
    >
      {props.showLabel === true && <Label className={s.label ?? ""}>{props.label}</Label>}
      <Button className={cx(s.select, props.size === "sm" && s.sm, props.isInvalid === true && s.invalid)}>
        {props.icon && <Icon name={props.icon} />}
        <SelectValue className={s.value ?? ""}>
          {({ defaultChildren, isPlaceholder }) => {
            if (isPlaceholder) return defaultChildren;
            return props.options.find((option) => option.id === props.selected)?.label ?? defaultChildren;
          }}
        </SelectValue>
        <Icon name="updown" size={14} />
      </Button>
      <Popover className={p.popover ?? ""} offset={4}>
        <ListBox className={p.list ?? ""} renderEmptyState={() => <div className={p.heading}>{props.empty ?? "Nothing to choose"}</div>}>
          {props.options.map((option) => (
            <ListBoxItem
              key={option.id}
              id={option.id}
              textValue={option.label}
              className={p.item ?? ""}
              isDisabled={option.isDisabled ?? false}
            >
              <span className={p.name}>{option.label}</span>
              {option.note !== undefined && <span className={p.note}>{option.note}</span>}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
