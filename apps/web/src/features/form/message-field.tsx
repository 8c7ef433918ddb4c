import { emptyMessage, type FieldValue, isMessageValue, type Step, withItem, withoutField } from "@rpcdeck/schema";
import { useMemo } from "react";
import { Button } from "#ui/button.tsx";
import { useForm, useFormPart } from "./form-context.ts";
import { messageIndent } from "./item-action.ts";
import { type FieldProps, Fold, Row } from "./row.tsx";

/** A field that holds a message or an Any: absent, or its fields below. They are made only when opened, so that recursion has no end to reach. */
export function MessageField(
  props: FieldProps & { readonly value: FieldValue | undefined; readonly steps: readonly Step[]; readonly isArm?: boolean },
) {
  const { row, path, steps, value } = props;
  const { store, Body } = useForm();
  const message = value?.kind === "single" && isMessageValue(value.item) ? value.item : undefined;
  const wantsOpen = useFormPart((form) => form.isOpen(path, steps.length === 0));
  const isOpen = wantsOpen && message !== undefined;
  const inner = useMemo(() => [...steps, { field: row.field, index: undefined }], [steps, row.field]);
  if (row.item.kind !== "message") return null;
  const { message: desc } = row.item;
  const missing = row.presence === "required" && message === undefined ? "required, not set" : undefined;
  return (
    <>
      <Row
        {...props}
        isPresent={message !== undefined}
        isOpen={isOpen}
        problem={missing}
        mark={
          message !== undefined && (
            <Fold
              label={`${path}, ${desc.name}`}
              isOpen={isOpen}
              onToggle={() => {
                store.setOpen(path, !isOpen);
              }}
            />
          )
        }
      >
        {(notesId) =>
          message === undefined ? (
            <Button
              size="sm"
              variant="ghost"
              icon="plus"
              aria-describedby={notesId}
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
      {isOpen && <Body message={message} steps={inner} path={path} indent={props.indent + messageIndent} />}
    </>
  );
}
