import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Declared } from "./readings-panel.story.tsx";

const story = (name: string) => `features/inspector/readings-panel/${name}`;

test("shows a reading that was chosen on top, and the declared one below it", async ({ mount }) => {
  const component = await mount<typeof Declared>(story("Overridden"));
  const choices = component.getByRole("group", { name: "Read as" }).getByRole("button");
  await expect(choices.first()).toHaveText("message13: 105your choice");
  await expect(choices.first()).toHaveAttribute("aria-pressed", "true");
  await expect(component.getByRole("button", { name: /^string/ })).toHaveText(
    'string"hi"runner-up · as declared · valid UTF-8 · 2 characters',
  );
  await expect(component.getByRole("button", { name: /^string/ })).toHaveAttribute("aria-pressed", "false");
});

test("takes a choice back by keyboard, and makes another", async ({ mount, page }) => {
  const component = await mount<typeof Declared>(story("Overridden"));
  await component.getByRole("button", { name: "Read as declared" }).focus();
  await page.keyboard.press("Enter");
  const chosen = component.getByRole("group", { name: "Read as" }).getByRole("button", { pressed: true });
  await expect(chosen).toHaveText(/^string"hi"as declared/);
  await expect(chosen).toBeFocused();
  await expect(component.getByRole("button", { name: /Read as/ })).toHaveCount(0);
  await component.getByRole("button", { name: /^bytes/ }).focus();
  await page.keyboard.press("Enter");
  await expect(chosen).toHaveText(/^bytes68 69your choice/);
  await expect(chosen).toBeFocused();
});

test("goes back to the guess where there is no schema", async ({ mount }) => {
  const component = await mount<typeof Declared>(story("GuessOverridden"));
  const chosen = component.getByRole("group", { name: "Read as" }).getByRole("button", { pressed: true });
  await expect(chosen).toContainText("your choice");
  await component.getByRole("button", { name: "Read as guessed" }).click();
  await expect(chosen).toHaveText(/^string"hi"no schema/);
});

for (const [name, path, presence] of [
  ["Declared", "name", "implicit: its default is the same as unset, and not sent"],
  ["Declared", "id", "implicit: its default is the same as unset, and not sent"],
  ["Proto2", "required_text", "required: a message without it is not complete"],
  ["Proto2", "closed", "unset reads as [default = CLOSED_TWO] · explicit: set to its default is not the same as unset"],
] as const) {
  test(`tells the presence of ${path} in ${name}`, async ({ mount }) => {
    const component = await mount<typeof Declared>(story(name), { path });
    await expect(component.getByText(presence)).toBeVisible();
  });
}

test("says nothing of presence for the items of a list", async ({ mount }) => {
  const component = await mount<typeof Declared>(story("Declared"), { path: "phones[0]" });
  await expect(component.getByRole("button", { name: /^message/ })).toContainText("as declared");
  await expect(component.getByText("presence")).toHaveCount(0);
});

for (const name of ["Declared", "Overridden", "GuessOverridden", "Proto2"]) {
  test(`has targets of at least 24 px and no axe violations in ${name}`, async ({ mount, page }) => {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      const component = await mount<typeof Declared>(story(name));
      await expectAccessible(page);
      for (const target of await component.getByRole("button").all()) {
        expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(24);
      }
    }
  });
}
