import { useState, type ReactNode } from "react";
import { Icon } from "#ui/icon.tsx";
import s from "./explorer.module.css";

/** A foldable part of the sidebar. */
export function Section({ title, children }: { title: ReactNode; children: ReactNode }) {
  const [open, setOpen] = useState(true);
  return (
    <section className={s.section} {...(open ? {} : { "data-folded": "" })}>
      <h2>
        <button
          type="button"
          className={s.fold}
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
          }}
        >
          <Icon name={open ? "chevron-down" : "chevron-right"} size={14} />
          <span>{title}</span>
        </button>
      </h2>
      {open && children}
    </section>
  );
}
