import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";

test("names elements that break a rule, and passes once they are right", async ({ page, baseURL }) => {
  await page.goto(baseURL ?? "");
  await page.setContent('<html lang="en"><title>t</title><button id="b"></button><p style="color:#aaa">pale</p></html>');
  await expect(expectAccessible(page)).rejects.toThrow(/light, button-name: <button id=\\?"b\\?">[^]*light, color-contrast: <p/u);
  await page.setContent('<html lang="en"><title>t</title><button id="b">Press</button><p>dark</p></html>');
  await expectAccessible(page);
});

test("judges the colours of both themes, and leaves the theme as it was", async ({ page, baseURL }) => {
  await page.goto(baseURL ?? "");
  const style = "<style>[data-theme=dark] { background: #111 } [data-theme=dark] p { color: #444 }</style>";
  await page.setContent(`<html lang="en" data-theme="light"><title>t</title>${style}<p>read me</p></html>`);
  await expect(expectAccessible(page)).rejects.toThrow(/dark, color-contrast: <p/u);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await page.evaluate(() => document.querySelector("style")?.remove());
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
