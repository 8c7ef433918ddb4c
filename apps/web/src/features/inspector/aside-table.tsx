import type { ReactNode } from "react";
import s from "./compare-panels.module.css";

/** What stands beside the bytes as a table: it scrolls, and the keyboard reaches it for that. */
export function AsidePanel({ label, children }: { label: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <div className={s.panel} role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** The head of such a table. */
export function ColumnHeads({ names }: { names: readonly string[] }) {
  return (
    <thead>
      <tr>
        {names.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** The head of a row about one field: its path, which goes to it. "" is the message itself. */
export function PathCell({ path, onSelect, children }: { path: string; onSelect: (path: string) => void; children?: ReactNode }) {
  return (
    <th scope="row">
      {path === "" ? (
        "the message"
      ) : (
        <button
          type="button"
          onClick={() => {
            onSelect(path);
          }}
        >
          {path}
        </button>
      )}
      {children}
    </th>
  );
}

/** How many rows are left out below the table. Draws nothing for none. */
export function MoreRows({ text }: { text: string | undefined }) {
  return text === undefined ? null : <p className={s.more}>{text}</p>;
}
