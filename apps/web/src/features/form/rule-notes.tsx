import { countOf } from "#lib/format.ts";
import { Icon } from "#ui/icon.tsx";
import { useFormPart } from "./form-context.ts";
import s from "./form.module.css";

/** What the rules ask of a place; once one is broken what it says instead, and how many are broken inside while that is not to be seen. */
export function RuleNotes(props: { readonly path: string; readonly asked?: readonly string[] | undefined; readonly isClosed?: boolean }) {
  const { path, asked = [], isClosed = false } = props;
  const violations = useFormPart((form) => form.violationsAt(path));
  const all = useFormPart((form) => (isClosed ? form.violationsIn(path) : 0));
  const inside = all - violations.length;
  return (
    <>
      {asked.length > 0 && violations.length === 0 && <p className={s.help}>{asked.join(" · ")}</p>}
      {violations.map(({ message }) => (
        <Fault key={message} message={message} />
      ))}
      {inside > 0 && <Fault message={`${countOf(inside, "rule broken", "rules broken")} inside`} />}
    </>
  );
}

function Fault({ message }: { readonly message: string }) {
  return (
    <p className={s.error}>
      <Icon name="alert" size={14} />
      {message}
    </p>
  );
}
