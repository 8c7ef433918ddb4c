import type { DescMessage } from "@bufbuild/protobuf";
import { findMessageTypes, parsed, typeNameOfUrl } from "@rpcdeck/schema";
import { useId, useMemo } from "react";
import { useForm, useFormPart } from "./form-context.ts";
import { TextSlot } from "./text-slot.tsx";

/** No more types than this are suggested. */
const maxTypes = 40;

/** A message type, searched in the whole registry. */
export function TypeSlot(props: {
  readonly path: string;
  readonly label: string;
  /** Full name of the type in force; "" for none. */
  readonly typeName: string;
  readonly onType: (type: DescMessage | undefined) => void;
  /** What a text that holds a slash stands for: a type URL, whether or not the registry knows it. Without it such a text is refused. */
  readonly onUrl?: ((url: string) => void) | undefined;
}) {
  const { path, onType, onUrl } = props;
  const { store } = useForm();
  const id = useId();
  const typed = useFormPart((state) => state.text(path)?.text ?? "");
  const suggestions = useMemo(
    () => findMessageTypes(store.registry, typed === "" ? "" : typeNameOfUrl(typed), maxTypes),
    [store.registry, typed],
  );
  return (
    <>
      <TextSlot<DescMessage | string>
        path={path}
        label={props.label}
        printed={props.typeName}
        parse={(text) => {
          const name = text.trim();
          const known = store.registry.getMessage(typeNameOfUrl(name));
          if (known !== undefined) return parsed(known);
          if (onUrl !== undefined && name.includes("/")) return parsed(name);
          const [first] = findMessageTypes(store.registry, name, 1);
          const hint = first === undefined ? "" : `; the nearest is ${first.typeName}`;
          return { ok: false, problem: { message: `type ${name} is not in this schema${hint}`, position: 0 } };
        }}
        onValue={(value) => {
          if (typeof value === "string") onUrl?.(value);
          else onType(value);
        }}
        onEmpty={() => {
          onType(undefined);
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
    </>
  );
}
