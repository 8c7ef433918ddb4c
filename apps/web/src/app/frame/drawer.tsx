import { Dialog } from "react-aria-components/Dialog";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import type { ReactNode } from "react";
import s from "./drawer.module.css";

/** The sidebar of a narrow window: over the page from its start edge, closed by Escape or a press beside it. */
export function Drawer(props: { label: string; isOpen: boolean; onOpenChange: (isOpen: boolean) => void; children: ReactNode }) {
  return (
    <ModalOverlay className={s.scrim ?? ""} isOpen={props.isOpen} onOpenChange={props.onOpenChange} isDismissable>
      <Modal className={s.drawer ?? ""}>
        <Dialog className={s.dialog ?? ""} aria-label={props.label}>
          {props.children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
