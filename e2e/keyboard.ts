// The keyboard alone: what a hand does without a mouse.
import { expect, type Locator, type Page } from "@playwright/test";

/** More stops than any screen has on the way to something, and than any group has choices. */
const maxPresses = 120;
const maxChoices = 12;

/** Presses Tab, or Shift Tab, until the keyboard is at an element or in it. Fails where no way leads there. */
export async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await expect(target).toBeVisible();
  if (!(await reach(page, target, key, maxPresses))) throw new Error(`no way to ${target.toString()} with ${key}`);
}

/** Goes to a group of choices and chooses one: Tab to the group, arrows in it. */
export async function choose(page: Page, group: Locator, role: "radio" | "tab", name: string | RegExp): Promise<void> {
  await tabTo(page, group);
  const option = group.getByRole(role, { name, exact: true });
  const isReached = (await reach(page, option, "ArrowRight", maxChoices)) || (await reach(page, option, "ArrowLeft", maxChoices));
  if (!isReached) throw new Error(`no way to ${option.toString()} with arrows`);
  await page.keyboard.press("Space");
}

async function reach(page: Page, target: Locator, key: string, presses: number): Promise<boolean> {
  for (let pressed = 0; ; pressed++) {
    // An open list hides what is around it: then there is nothing to be at, and the next press closes it.
    if (await target.evaluateAll((elements) => elements.some((element) => element.contains(document.activeElement)))) return true;
    if (pressed === presses) return false;
    await page.keyboard.press(key);
  }
}
