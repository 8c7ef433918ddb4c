// Step 4 of the main job: talk to streams message by message.
import { expect, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

test("converses message by message, half-closes, and cancels", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("Converse");
  for (const [index, said] of ["one", "two", "three"].entries()) {
    await call.field("text").fill(said);
    await call.send();
    await expect(call.messages.getByRole("row").filter({ hasText: `you said: ${said}` })).toBeVisible();
    await expect(call.status).toHaveText("Open");
    await expect(call.counter("messages", "Sent")).toHaveText(String(index + 1));
    await expect(call.counter("messages", "Received")).toHaveText(String(index + 1));
  }
  await call.request.getByRole("button", { name: "Half-close" }).click();
  await expect(call.status).toHaveText("OK");

  await call.field("text").fill("burst 3");
  await call.send();
  await expect(call.counter("messages", "Received")).toHaveText("3");
  await call.request.getByRole("button", { name: "Cancel" }).click();
  await expect(call.status).toHaveText("Cancelled");
  await expect(call.sendButton).toBeEnabled();
});

test("sends people one by one and reads the summary", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("ImportPeople");
  for (const [index, name] of ["Ada", "Grace", "Barbara"].entries()) {
    await call.field("name").fill(name);
    await call.send();
    await expect(call.counter("messages", "Sent")).toHaveText(String(index + 1));
  }
  await page.keyboard.press("Control+Shift+Enter");
  await expect(call.status).toHaveText("OK");
  await expect(call.messages.getByRole("row").filter({ hasText: "received" })).toContainText("added 3");
});

test("receives a table, holds the server back while paused, and goes on", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("Table");
  await call.field("a").fill("7");
  await call.sendFor("OK");
  await expect(call.counter("messages", "Received")).toHaveText("12");
  await expect(call.messages.getByRole("row").filter({ hasText: '"84"' })).toBeVisible();

  await call.field("rows").fill("300");
  await call.field("interval_ms").fill("10");
  await call.send();
  await call.response.getByRole("button", { name: "Pause" }).click();
  await expect(call.response.getByText("paused, the server is held back by flow control")).toBeVisible();
  await call.response.getByRole("button", { name: "Resume" }).click();
  await expect(call.status).toHaveText("OK");
  await expect(call.counter("messages", "Received")).toHaveText("300");
});

test("stays responsive under 100,000 messages", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("Table");
  await call.field("a").fill("7");
  await call.field("rows").fill("100000");
  const longestGap = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let [last, longest] = [performance.now(), 0];
        const look = (now: number) => {
          longest = Math.max(longest, now - last);
          last = now;
          const isOver = document.querySelector('[aria-label="Response"] [role="status"]')?.textContent === "OK";
          if (isOver) resolve(longest);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  );
  await call.send();
  await expect(call.status).toHaveText("OK", { timeout: 40_000 });
  await expect(call.counter("messages", "Received")).toHaveText(/^100.000$/);
  // A page that drew every row would hang for tens of seconds. The figure is for a machine whose two cores also run gateway, backend and test.
  expect(await longestGap).toBeLessThan(5000);
  await expect(call.messages).toHaveAttribute("aria-rowcount", "100001");
  await call.messages.focus();
  await page.keyboard.press("Home");
  await expect(call.messages.locator('[data-row="0"]')).toBeVisible();
  await page.keyboard.press("End");
  await expect(call.messages.locator('[data-row="100000"]')).toContainText('"700000"');
});
