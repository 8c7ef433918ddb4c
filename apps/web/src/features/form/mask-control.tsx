import { emptyMessage, fieldPaths, isMessageValue, itemsAt, maskTarget, parsed, refused, withField } from "@rpcdeck/schema";
import { useMemo } from "react";
import { Select } from "#ui/select.tsx";
import { useForm } from "./form-context.ts";
import s from "./form.module.css";
import { Presence } from "./presence.tsx";
import { TextSlot } from "./text-slot.tsx";
import type { ValueControlProps } from "./value-props.ts";

/** How far the paths on offer go; others are typed. */
const offered = { maxDepth: 3, limit: 300, lists: "outside" } as const;

/** Paths of a FieldMask: typed, or chosen from the fields of the message it most likely is about. */
export function MaskControl(props: ValueControlProps) {
  const { store } = useForm();
  const target = props.field === undefined ? undefined : maskTarget(props.field);
  const known = useMemo(() => (target === undefined ? [] : fieldPaths(target, offered)), [target]);
  if (props.type.kind !== "message") return null;
  const field = props.type.message.fields[0];
  const message = isMessageValue(props.item) ? props.item : emptyMessage(props.type.message);
  const paths = itemsAt(message, 1).filter((path) => typeof path === "string");
  const setPaths = (items: readonly string[]) => {
    if (field !== undefined) props.onItem(withField(message, field, { kind: "list", items }));
  };
  return (
    <>
      {props.onUnset !== undefined && <Presence {...props} />}
      {(props.item !== undefined || props.onUnset === undefined) && (
        <>
          <TextSlot<readonly string[]>
            {...props}
            printed={paths.join(", ")}
            parse={parsePaths}
            onValue={setPaths}
            placeholder="paths, separated by commas"
            mono
          />
          {target !== undefined && (
            <Select
              label={`Add a path of ${target.name} to ${props.label}`}
              size="sm"
              className={s.notation}
              selected={undefined}
              placeholder="Add path"
              options={known.filter(({ path }) => !paths.includes(path)).map(({ path }) => ({ id: path, label: path }))}
              empty="every field is there"
              onSelect={(path) => {
                store.setText(props.path, undefined);
                setPaths([...paths, path]);
              }}
            />
          )}
        </>
      )}
    </>
  );
}

function parsePaths(text: string) {
  const paths = text
    .split(",")
    .map((path) => path.trim())
    .filter((path) => path !== "");
  const odd = paths.find((path) => !/^[A-Za-z_][\w.]*$/.test(path));
  return odd === undefined ? parsed(paths) : refused(`“${odd}” is no field path such as phones.number`, text.indexOf(odd));
}
