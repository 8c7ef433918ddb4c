// Validation rules (protovalidate): shown beside the fields, checked before sending, never in the way.
import { expect, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

test("stops once at broken rules, sends anyway when asked to, and sends at once when they are kept", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("EchoBooking");
  await expect(call.request.getByText("matches ^[A-Z0-9]{6}$")).toBeVisible();
  await call.field("code").fill("k7");
  await expect(call.request.getByText(/\(string.pattern\)/)).toBeVisible();
  await call.send();
  await expect(call.sendButton).toHaveText(/^Send anyway/);
  await expect(call.response.getByText(/^OK/)).toHaveCount(0);
  await call.sendFor("OK");
  await expect(call.json).toContainText("k7");

  await call.showRequest("JSON");
  await call.writeJson(
    '{"code": "K7Q2AB", "email": "ada@example.com", "guests": [{"name": "Ada"}], "area": "AREA_STALLS", "firstRow": 1, "lastRow": 2, "account": "7"}',
  );
  await expect(call.request.getByRole("button", { name: /rules? broken/ })).toHaveCount(0);
  await expect(call.sendButton).toHaveText(/^Send(?! anyway)/);
  await call.sendFor("OK");
  await expect(call.json).toContainText("K7Q2AB");
});
