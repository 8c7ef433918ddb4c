import { Button } from "react-aria-components/Button";
import { ComboBox as AriaComboBox } from "react-aria-components/ComboBox";
import { Group } from "react-aria-components/Group";
import { Input } from "react-aria-components/Input";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { useState } from "react";
import { cx } from "#lib/cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import type { Option } from "./select.tsx";
import i from "./input.module.css";
import p from "./popover.module.css";
import s from "./combo-box.module.css";

/** A text slot that finds one of many: typing narrows the list, arrows and Enter choose. An empty slot chooses nothing. */
export function ComboBox(props: {
  label: string;
  /** The choices that fit what was typed, as many as a list should show. */
  find: (text: string) => readonly Option[];
  /** Id and label of the choice in force; undefined for none. */
  selected: string | undefined;
  onSelect: (id: string | undefined) => void;
  placeholder?: string;
  icon?: IconName;
  size?: "md" | "sm";
  /** Said where nothing fits. */
  empty: string;
  className?: string | undefined;
}) {
  const { selected, onSelect } = props;
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const text = typed ?? selected ?? "";
  const options = props.find(typed ?? "");
  return (
    <AriaComboBox
      className={cx(i.field, props.className)}
      aria-label={props.label}
      items={options}
      inputValue={text}
      selectedKey={selected ?? null}
      menuTrigger="focus"
      allowsEmptyCollection
      onInputChange={(next) => {
        setTyped(next === selected ? undefined : next);
        if (next === "" && selected !== undefined) onSelect(undefined);
      }}
      onSelectionChange={(key) => {
        setTyped(undefined);
        if (key !== null && key !== selected) onSelect(String(key));
      }}
      onBlur={() => {
        setTyped(undefined);
      }}
    >
      <Group role="presentation" className={cx(i.slot, props.size === "sm" && i.sm)}>
        {props.icon && <Icon name={props.icon} />}
        <Input
          className={cx(i.input, i.mono)}
          {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
          spellCheck="false"
        />
        <Button className={s.open ?? ""} aria-label={`Show all: ${props.label}`}>
          <Icon name="updown" size={14} />
        </Button>
      </Group>
      <Popover className={p.popover ?? ""} offset={4}>
        <ListBox<Option> className={p.list ?? ""} renderEmptyState={() => <div className={p.heading}>{props.empty}</div>}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className={p.item ?? ""}>
              <span className={p.name}>{option.label}</span>
              {option.note !== undefined && <span className={p.note}>{option.note}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaComboBox>
  );
}
