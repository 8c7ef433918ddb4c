import { Dialog, DialogTrigger } from "react-aria-components/Dialog";
import { Popover } from "react-aria-components/Popover";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import p from "./popover.module.css";
import s from "./note.module.css";

/** A button that opens a few words: for what a hovering pointer alone would find in a title. Escape and a press outside close it. */
export function Note({ label, children }: { label: string; children: ReactNode }) {
  return (
    <DialogTrigger>
      <IconButton label={label} icon="info" size="xs" />
      <Popover className={p.popover ?? ""} offset={4} placement="bottom start">
        <Dialog aria-label={label} className={s.note ?? ""}>
          {children}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
