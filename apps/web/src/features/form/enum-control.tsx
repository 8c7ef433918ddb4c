import type { DescEnum } from "@bufbuild/protobuf";
import { parseEnum, printEnum } from "@rpcdeck/schema";
import { useId, useState } from "react";
import { IconButton } from "#ui/button.tsx";
import { type Option, Select } from "#ui/select.tsx";
import { TextSlot } from "./text-slot.tsx";
import s from "./form.module.css";
import type { ValueControlProps } from "./value-props.ts";

/** Larger enums are typed with suggestions instead of chosen from a list. */
const maxListed = 80;

const other = "#other";
const unset = "#unset";

/** Names of an enum to choose from; where the enum is open also any other number, which is badged. */
export function EnumControl({ desc, ...props }: ValueControlProps & { readonly desc: DescEnum }) {
  const id = useId();
  const number = typeof props.item === "number" ? props.item : undefined;
  const isNamed = number === undefined || desc.value[number] !== undefined;
  const [asNumber, setAsNumber] = useState(false);
  if (desc.values.length > maxListed || !isNamed || asNumber) {
    return (
      <>
        <TextSlot<number>
          {...props}
          printed={number === undefined ? "" : printEnum(number, desc)}
          parse={(text) => parseEnum(text, desc)}
          onValue={props.onItem}
          onEmpty={props.onUnset}
          placeholder={props.placeholder ?? "name or number"}
          list={id}
          end={
            desc.values.length <= maxListed ? (
              <IconButton
                label={`Choose ${props.label} by name`}
                icon="updown"
                size="xs"
                onPress={() => {
                  if (!isNamed) props.onItem(desc.values[0]?.number ?? 0);
                  setAsNumber(false);
                }}
              />
            ) : undefined
          }
        />
        {!isNamed && (
          <span className={s.unknownNumber} title={`${desc.typeName} has no value ${number}; it is kept and sent`}>
            not in the enum
          </span>
        )}
        <datalist id={id}>
          {desc.values.slice(0, 500).map((value) => (
            <option key={value.name} value={value.name}>{`= ${value.number}`}</option>
          ))}
        </datalist>
      </>
    );
  }
  const options: Option[] = desc.values.map((value) => ({
    id: value.name,
    label: `${value.name} = ${value.number}`,
    note: [...(value === desc.value[value.number] ? [] : ["alias"]), ...(value.deprecated ? ["deprecated"] : [])].join(", ") || undefined,
  }));
  if (props.onUnset !== undefined && props.isExplicit === true) options.unshift({ id: unset, label: "unset", note: "not sent" });
  if (desc.open) options.push({ id: other, label: "Other number…" });
  const selected = number === undefined ? (props.isExplicit === true ? unset : desc.values[0]?.name) : desc.value[number]?.name;
  return (
    <Select
      label={props.label}
      size="sm"
      className={s.grow}
      options={options}
      selected={selected}
      placeholder={props.placeholder}
      onSelect={(chosen) => {
        if (chosen === unset) props.onUnset?.();
        else if (chosen === other) setAsNumber(true);
        else props.onItem(desc.values.find((value) => value.name === chosen)?.number ?? 0);
      }}
    />
  );
}
