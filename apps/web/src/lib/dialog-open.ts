/** Whether a dialog or menu is open; one that only fades from sight takes no keys any more. */
export function isDialogOpen(): boolean {
  return document.querySelector('[role="dialog"]:not([data-exiting], [data-exiting] *)') !== null;
}
