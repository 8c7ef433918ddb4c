import { Dialog as AriaDialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import type { ReactNode } from "react";
import { cx } from "#lib/cx.ts";
import { IconButton } from "./button.tsx";
import s from "./dialog.module.css";

/** A dialog over the page. Esc and a press outside close it; the focus goes back to where it was. */
export function Dialog({
  title,
  isOpen,
  onClose,
  wide = false,
  isText = false,
  children,
}: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  wide?: boolean;
  /** Holds nothing to press: its body takes the focus, so that keys can scroll it. */
  isText?: boolean;
  children: ReactNode;
}) {
  return (
    <ModalOverlay
      className={s.scrim ?? ""}
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Modal className={cx(s.modal, wide && s.wide)}>
        <AriaDialog className={s.dialog ?? ""}>
          <div className={s.head}>
            <Heading slot="title" className={s.title ?? ""}>
              {title}
            </Heading>
            <IconButton label="Close" icon="x" onPress={onClose} />
          </div>
          <div className={s.body} {...(isText ? { tabIndex: 0, role: "group", "aria-label": title } : {})}>
            {children}
          </div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
