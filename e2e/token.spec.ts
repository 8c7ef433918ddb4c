// A gateway with a token: the page asks for it, or takes it from the address and leaves no trace of it there.
import { startGateway, type Program } from "../peers/programs.ts";
import { expect, expectAccessible, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

const token = "a-token-of-some-length";

let own: Program;
test.beforeAll(async () => {
  own = await startGateway("--no-demo", "--token", token);
});
test.afterAll(async () => {
  await own.stop();
});

test("asks for the token, says when it is wrong, and keeps it for the tab", async ({ page }) => {
  let tunnels = 0;
  page.on("websocket", () => void tunnels++);
  await page.goto(own.address);
  const input = page.getByLabel("Token", { exact: true });
  await expect(page.getByRole("heading", { name: "This gateway wants its token" })).toBeVisible();
  await expect(input).toBeFocused();
  await expectAccessible(page);
  await input.fill("not-the-right-token");
  await page.keyboard.press("Enter");
  await expect(input).toHaveAccessibleDescription("The gateway did not take the token it got.");
  await input.fill(token);
  await page.getByRole("button", { name: "Unlock" }).click();
  const call = await explorerOf(page).open("SayHello");
  await call.field("name").fill("token");
  await call.sendFor("OK");
  await expect(call.json).toContainText("hello token");
  // One before the page knew, one with each token: where the gateway wants a token, asking again changes nothing.
  expect(tunnels).toBeLessThanOrEqual(4);
  await page.reload();
  await expect(explorerOf(page).method("SayHello")).toBeVisible();
  await expect(input).toHaveCount(0);
});

test("takes the token from #t= and drops it from the address", async ({ page, context }) => {
  await page.goto(`${own.address}/#t=${token}`);
  await expect(explorerOf(page).method("SayHello")).toBeVisible();
  expect(page.url()).not.toContain(token);
  const other = await context.newPage();
  await other.goto(own.address);
  await expect(other.getByLabel("Token", { exact: true })).toBeVisible();
});
