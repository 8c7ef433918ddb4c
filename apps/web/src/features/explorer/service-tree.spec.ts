import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Services } from "./service-tree.story.tsx";

test("opens a method by mouse and by keyboard, folds and jumps", async ({ mount, page }) => {
  const seen: string[] = [];
  const component = await mount<typeof Services>("features/explorer/service-tree/Services", { onDo: (what) => void seen.push(what) });
  const tree = component.getByRole("treegrid", { name: "Services" });
  await tree.getByRole("row", { name: "Div" }).click();
  await tree.getByRole("row", { name: "arith.v1.Arith" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => seen).toEqual(["open  arith.v1.Arith/Div", "open  arith.v1.Arith/Mul"]);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowLeft");
  await expect(tree.getByRole("row", { name: "Mul" })).toHaveCount(0);
  await page.keyboard.type("pb");
  await expect(tree.getByRole("row", { name: "pb.Greeter" })).toBeFocused();
  await expect(tree.getByRole("row", { name: "SayHello" })).toHaveAttribute("aria-selected", "true");
});

test("says what is missing and how to get it, and keeps typed targets apart", async ({ mount }) => {
  const seen: string[] = [];
  const component = await mount<typeof Services>("features/explorer/service-tree/Services", { onDo: (what) => void seen.push(what) });
  await expect(component.getByText("No schema: reflection is off")).toBeVisible();
  await component.getByRole("button", { name: "Add one" }).click();
  const shop = component.getByRole("row", { name: "shop.test:443" });
  await expect(shop).toContainText("not verified");
  await shop.getByRole("button", { name: "Inspect shop.test:443 again" }).click();
  await shop.getByRole("button", { name: "Remove shop.test:443" }).click();
  await expect
    .poll(() => seen)
    .toEqual(["schema hello", "edit grpcs://shop.test:443?verify=none", "remove grpcs://shop.test:443?verify=none"]);
  await expect(component.getByRole("img", { name: "1 of 2 healthy" })).toBeVisible();
});

test("has no axe violations", async ({ mount, page }) => {
  await mount("features/explorer/service-tree/Services");
  await expectAccessible(page);
});
