// Two ways through the byte views that never use a mouse.
import { expect, expectAccessible, test } from "./fixtures.ts";
import { choose, tabTo } from "./keyboard.ts";
import { callOf } from "./pages/call.ts";

test("pastes bytes, picks a type, walks the tree, goes to the bytes, edits and undoes, by keyboard alone", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/bytes");
  const source = page.getByRole("textbox", { name: "Bytes to inspect" });
  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  const grid = page.getByRole("grid", { name: "Bytes" });
  await page.evaluate(() => navigator.clipboard.writeText("0a 03 41 64 61 10 07 22 05 0a 03 31 32 33"));
  await tabTo(page, source);
  await page.keyboard.press("Control+v");
  await expect(tree.getByRole("row", { name: /^#1/ }).first()).toContainText('"Ada"');

  await tabTo(page, page.getByRole("combobox", { name: "Message type" }), "Shift+Tab");
  await page.keyboard.type("pb.Person");
  await expect(
    page
      .getByRole("option", { name: "pb.Person", exact: true })
      .or(page.getByRole("option", { name: /^pb\.Person / }))
      .first(),
  ).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(tree.getByRole("row", { name: /^name/ })).toContainText('"Ada"');

  await tabTo(page, tree);
  await page.keyboard.press("End");
  await expect(tree.getByRole("row", { selected: true })).toContainText('"123"');
  await page.keyboard.press("ArrowLeft");
  await expect(tree.getByRole("row", { selected: true })).toContainText("phones[0]");
  await page.keyboard.press("ArrowLeft");
  await expect(tree.getByRole("row", { name: /^number/ })).toHaveCount(0);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(tree.getByRole("row", { selected: true })).toContainText('"123"');
  await page.keyboard.press("Enter");
  await expect(grid).toBeFocused();
  await expect(grid.locator('[role="gridcell"][id]')).toHaveAttribute("data-at", "9");
  await expect(page.getByText("bytes 0x09–0x0d · 5 B")).toBeVisible();
  await page.keyboard.press("Shift+End");
  await page.keyboard.press("Control+c");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("0a 03 31 32 33");

  await tabTo(page, source, "Shift+Tab");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" 38 01");
  await expect(tree.getByRole("row", { name: /^sms_optin/ })).toContainText("true");
  // The browser takes back what was typed key by key.
  for (let key = 0; key < " 38 01".length; key++) await page.keyboard.press("Control+z");
  await expect(tree.getByRole("row", { name: /^sms_optin/ })).toHaveCount(0);
  await expect(source).toHaveValue("0a 03 41 64 61 10 07 22 05 0a 03 31 32 33");
  await expectAccessible(page);
});

test("sends a call, opens the wire, goes through legs and frames to a finding, and takes it to the inspector, by keyboard alone", async ({
  page,
}) => {
  await page.goto("/?service=pb.AddressBookService&method=AddPerson");
  const call = callOf(page);
  await expect(call.field("name")).toBeVisible();
  await choose(page, page.getByRole("radiogroup", { name: "Protocol" }), "radio", "gRPC-Web");
  await choose(page, call.request.getByRole("tablist"), "tab", /^Bytes/);
  const editor = call.request.getByRole("grid", { name: "Bytes of the message" });
  await tabTo(page, editor);
  // The id in a byte more than it needs.
  await page.keyboard.type("0a034164611087003801");
  await page.keyboard.press("Control+Enter");
  await expect(call.status).toHaveText("OK");

  await page.keyboard.press("Control+j");
  await expect(call.wireTree).toHaveCount(0);
  await page.keyboard.press("Control+j");
  await expect(call.wireTree).toBeVisible();
  await choose(page, call.wire.getByRole("radiogroup", { name: "Direction" }), "radio", "Response");
  await tabTo(page, call.wire.getByRole("button", { name: "Next frame" }));
  await page.keyboard.press("Enter");
  await expect(call.wire.getByRole("textbox", { name: "Trailers" })).toHaveValue(/grpc-status: ?0/);

  await choose(page, call.wire.getByRole("radiogroup", { name: "Direction" }), "radio", "Request");
  await choose(page, call.wire.getByRole("radiogroup", { name: "Leg" }), "radio", /^gateway → backend/);
  await expect(call.wireTree.getByRole("row", { name: /^id / })).toBeVisible();
  await page.keyboard.press("F8");
  const findings = call.wire.getByRole("group", { name: "Findings" });
  // The prefix of the frame counts: the grid has the byte there.
  await expect(findings).toContainText("at 0x0b: expected the shortest varint");
  await expect(call.wireTree.getByRole("row", { selected: true })).toContainText("id");

  await tabTo(page, call.wire.getByRole("button", { name: "Inspect the bytes of this message" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/bytes\?path=id#bytes=CgNBZGEQhwA4AQ&type=pb\.Person&framing=none$/);
  await expect(page.getByRole("combobox", { name: "Message type" })).toHaveValue("pb.Person");
  await expect(page.getByText("bytes 0x05–0x07 · 3 B")).toBeVisible();
  await page.keyboard.press("F8");
  await expect(page.getByRole("group", { name: "Findings" })).toContainText("at 0x06: expected the shortest varint");
  await expectAccessible(page);
});
