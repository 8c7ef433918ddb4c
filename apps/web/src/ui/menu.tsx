import { Menu as AriaMenu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import type { ReactElement } from "react";
import { cx } from "#lib/cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import { Keys } from "./keys.tsx";
import p from "./popover.module.css";

/** One thing a menu does. */
export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName | undefined;
  readonly keys?: string | undefined;
  /** Quiet words at the end; a disabled entry says here why. */
  readonly note?: string | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly danger?: boolean | undefined;
  readonly onAction: () => void;
}

/** A menu that opens from `children`, one Button or IconButton. */
export function Menu({ label, entries, children }: { label: string; entries: readonly MenuEntry[]; children: ReactElement }) {
  return (
    <MenuTrigger>
      {children}
      <Popover className={p.popover ?? ""} offset={4}>
        <AriaMenu aria-label={label} className={p.list ?? ""}>
          {entries.map((entry) => (
            <MenuItem
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              onAction={entry.onAction}
              isDisabled={entry.isDisabled ?? false}
              className={cx(p.item, entry.danger === true && p.danger)}
            >
              {entry.icon && <Icon name={entry.icon} />}
              <span className={p.name}>{entry.label}</span>
              {(entry.note !== undefined || entry.keys !== undefined) && (
                <span className={p.note}>
                  {entry.note}
                  {entry.keys !== undefined && <Keys keys={entry.keys} />}
                </span>
              )}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
