const ids = new WeakMap<Element, number>();
let lastId = 0;

/**
 * Names what is typed into right now: the same for one text field, editor or grid of bytes as long as it has the focus. A press of a button or a
 * key of a tray is a place of its own each time.
 */
export function typingPlace(): string {
  const element = document.activeElement;
  if (element === null || !isTypedInto(element)) return `press ${++lastId}`;
  let id = ids.get(element);
  if (id === undefined) {
    id = ++lastId;
    ids.set(element, id);
  }
  return `typing ${id}`;
}

function isTypedInto(element: Element): boolean {
  if (element instanceof HTMLElement && element.isContentEditable) return true;
  return element.matches('textarea, [role="grid"], input:not([type="radio"], [type="checkbox"], [type="button"], [type="file"])');
}
