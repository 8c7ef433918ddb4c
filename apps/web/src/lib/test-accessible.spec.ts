import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";

test("names elements that break a rule, and passes once they are right", async ({ page, baseURL }) => {
  await page.goto(baseURL ?? "");
  await page.setContent('<html lang="en"><title>t</title><button id="b"></button><p style="color:#aaa">pale</p></html>');
  await expect(expectAccessible(page)).rejects.toThrow(/button-name: <button id=\\?"b\\?">[^]*color-contrast: <p/u);
  await page.setContent('<html lang="en"><title>t</title><button id="b">Press</button><p>dark</p></html>');
  await expectAccessible(page);
});

test("judges colours when they have come to rest", async ({ page, baseURL }) => {
  await page.goto(baseURL ?? "");
  await page.setContent('<html lang="en"><title>t</title><p style="color:#fff;transition:color 500ms">read me</p></html>');
  await page.evaluate(() => {
    const text = document.querySelector("p");
    text?.getBoundingClientRect(); // the transition starts from here
    text?.style.setProperty("color", "#000");
  });
  await expectAccessible(page);
});
