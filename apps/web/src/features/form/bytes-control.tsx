import { parseBytes, printBytes } from "@rpcdeck/schema";
import { useRef } from "react";
import { bytesText } from "#lib/format.ts";
import { IconButton } from "#ui/button.tsx";
import { Select } from "#ui/select.tsx";
import { useForm, useFormPart } from "./form-context.ts";
import type { Notation } from "./form-store.ts";
import s from "./form.module.css";
import { TextSlot } from "./text-slot.tsx";
import { TypeSlot } from "./type-slot.tsx";
import type { ValueControlProps } from "./value-props.ts";

/** More bytes than this are not shown as text, only counted. */
const maxShown = 4096;
/** Files larger than this are refused: no message may be larger (decision: 16 MiB per message). */
const maxFileBytes = 16 * 1024 * 1024;

const notations = [
  { id: "hex", label: "hex" },
  { id: "base64", label: "base64" },
  { id: "text", label: "text" },
  { id: "message", label: "message" },
] as const;

/** Bytes as hex, base64 or text, from a file, or as a message whose fields stand below. */
export function BytesControl(props: ValueControlProps) {
  const { store } = useForm();
  const file = useRef<HTMLInputElement>(null);
  const bytes = props.item instanceof Uint8Array ? props.item : new Uint8Array();
  const wanted = useFormPart((form) => form.notation(props.path));
  const packedType = useFormPart((form) => form.packedType(props.path));
  const shown: Notation = wanted === "text" && printBytes(bytes, "text") === undefined ? "hex" : wanted;
  const isLarge = bytes.length > maxShown;
  const typePath = `${props.path}.@type`;
  return (
    <>
      {shown === "message" ? (
        <TypeSlot
          path={typePath}
          label={`Type of the message in ${props.label}`}
          typeName={packedType}
          onType={(desc) => {
            store.dropTexts(props.path);
            store.setPackedType(props.path, desc?.typeName ?? "");
          }}
        />
      ) : (
        <TextSlot<Uint8Array>
          {...props}
          printed={isLarge ? `${bytesText(bytes.length)}, too many to show` : (printBytes(bytes, shown) ?? "")}
          parse={(text) => parseBytes(text, shown)}
          onValue={props.onItem}
          isReadOnly={isLarge}
          mono={shown !== "text"}
          multiline={shown === "text"}
          end={
            <IconButton
              label={`Take ${props.label} from a file`}
              icon="in"
              size="xs"
              onPress={() => {
                file.current?.click();
              }}
            />
          }
        />
      )}
      {shown === "message" && <TypeFault path={typePath} />}
      <Select
        label={`Notation of ${props.label}`}
        size="sm"
        className={s.notation}
        options={
          wanted === "text" && shown === "hex"
            ? notations.map((option) => (option.id === "text" ? { ...option, note: "not UTF-8" } : option))
            : notations
        }
        selected={shown}
        onSelect={(notation) => {
          store.dropTexts(props.path);
          store.setNotation(props.path, notation);
        }}
      />
      {isLarge && (
        <IconButton
          label={`Empty ${props.label}`}
          icon="x"
          size="sm"
          onPress={() => {
            props.onItem(new Uint8Array());
          }}
        />
      )}
      <input
        ref={file}
        type="file"
        hidden
        aria-label={`File for ${props.label}`}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen === undefined) return;
          if (chosen.size > maxFileBytes) {
            const message = `${chosen.name} has ${bytesText(chosen.size)}, more than the ${bytesText(maxFileBytes)} of a message`;
            store.setText(props.path, { text: chosen.name, problem: { message, position: 0 } });
            return;
          }
          chosen.arrayBuffer().then(
            (content) => {
              store.setText(props.path, undefined);
              props.onItem(new Uint8Array(content));
            },
            (error: unknown) => {
              const message = `${chosen.name} could not be read: ${error instanceof Error ? error.message : String(error)}`;
              store.setText(props.path, { text: chosen.name, problem: { message, position: 0 } });
            },
          );
        }}
      />
    </>
  );
}

function TypeFault({ path }: { readonly path: string }) {
  const pending = useFormPart((form) => form.text(path));
  return pending === undefined ? null : (
    <p className={s.error} role="alert">
      {pending.problem.message}
    </p>
  );
}
