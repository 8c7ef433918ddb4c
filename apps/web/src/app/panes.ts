const focusable = 'a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), [tabindex="0"]';

/** Moves the focus to the next (1) or previous (-1) pane: the elements marked with `data-pane`, in reading order. */
export function focusPane(step: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => firstFocusable(pane) !== undefined);
  if (panes.length === 0) return;
  const here = panes.findLastIndex((pane) => pane.contains(document.activeElement));
  const next = here === -1 ? (step === 1 ? 0 : panes.length - 1) : (here + step + panes.length) % panes.length;
  const pane = panes[next];
  if (pane) firstFocusable(pane)?.focus();
}

/** Puts the focus into the filter of the pane in focus, else of the sidebar: the input marked with `data-filter`. */
export function focusFilter(): void {
  const pane = document.activeElement?.closest("[data-pane]") ?? undefined;
  const filter =
    pane?.querySelector<HTMLInputElement>("[data-filter] input") ?? document.querySelector<HTMLInputElement>("[data-filter] input");
  filter?.focus();
  filter?.select();
}

function firstFocusable(pane: HTMLElement): HTMLElement | undefined {
  return [...pane.querySelectorAll<HTMLElement>(focusable)].find((element) => element.checkVisibility());
}
