/** What is being opened may have to be loaded first: longest wait, in milliseconds. */
const longestWaitMs = 2_000;
const typedInto = ':is(input, textarea, [contenteditable="true"], [role="grid"])';

/**
 * Puts the focus on the first place to type inside the element that `selector` names, as soon as both are shown; a place marked `data-filter`
 * is for finding, not for typing, and is passed over. Does nothing when that does not happen within two seconds, or when the user
 * goes elsewhere first, by pointer or by Tab.
 */
export function focusWhenShown(selector: string): void {
  const givesUpAt = performance.now() + longestWaitMs;
  const isOver = new AbortController();
  const stop = () => {
    isOver.abort();
  };
  const look = () => {
    if (isOver.signal.aborted) return;
    const places = [...document.querySelectorAll<HTMLElement>(`${selector} ${typedInto}`)];
    const place = places.find((element) => element.checkVisibility() && element.closest("[data-filter]") === null);
    if (place !== undefined) place.focus();
    if (place !== undefined || performance.now() > givesUpAt) stop();
    else requestAnimationFrame(look);
  };
  // Not before the press that led here is over.
  requestAnimationFrame(() => {
    addEventListener("pointerdown", stop, { capture: true, signal: isOver.signal });
    addEventListener("keydown", ({ key }) => key === "Tab" && stop(), { capture: true, signal: isOver.signal });
    look();
  });
}
