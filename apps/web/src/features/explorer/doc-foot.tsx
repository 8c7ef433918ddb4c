import s from "./explorer.module.css";

/** What the schema says of the row in focus, for those who do not hover: a line of its own, so that nothing moves under a pointer. */
export function DocFoot({ name, doc }: { name: string; doc: string }) {
  return (
    <p className={s.foot} role="status" aria-label="About the row in focus">
      <b>{name}</b> {doc.replaceAll("\n", " ")}
    </p>
  );
}
