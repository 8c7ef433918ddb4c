// Step 3 of the main job: build a message, send it every way, read the answer and the bytes of both legs.
import { expect, test } from "./fixtures.ts";
import { callOf, type CallPage } from "./pages/call.ts";
import { explorerOf } from "./pages/explorer.ts";

const message = {
  name: "李家豪",
  id: 7,
  email: "lijiahao@example.test",
  phones: [{ number: "15136588270" }, { number: "190019393", type: "WORK" }],
  lastUpdated: "2026-11-22T05:41:08.482Z",
  smsOptin: true,
  labels: { team: "payments" },
  photo: "3q2+7w==",
  accountNumber: "18446744073709551615",
};

/** Fills the form of AddPerson as a person would. */
async function fillPerson(call: CallPage): Promise<void> {
  const { request } = call;
  const page = request.page();
  await call.field("name").fill(message.name);
  await call.field("id").fill("7");
  await call.field("email").fill(message.email);
  await request.getByRole("button", { name: "Add item to phones" }).click();
  await call.field("phones[0].number").fill("15136588270");
  await request.getByRole("button", { name: "Add item to phones" }).click();
  await call.field("phones[1].number").fill("190019393");
  await request
    .getByRole("button", { name: /phones\[1\]\.type$/ })
    .first()
    .click();
  await page.getByRole("option", { name: /^WORK/ }).click();
  await call.field("last_updated").fill("2026-11-22 05:41:08.482");
  await request.getByRole("radiogroup", { name: "contact_preference" }).getByRole("radio", { name: "sms_optin" }).click();
  await request.getByRole("radiogroup", { name: "sms_optin", exact: true }).getByRole("radio", { name: "true" }).click();
  await request.getByRole("button", { name: "Add entry to labels" }).click();
  await call.field("Key 0 of labels").fill("team");
  await call.field('labels["team"]').fill("payments");
  await call.field("photo").fill("de ad be ef");
  await call.field("account_number").fill(message.accountNumber);
}

test("builds AddPerson in the form, keeps everything in JSON, sends it four ways and shows every byte", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  await fillPerson(call);
  await call.showRequest("JSON");
  await expect(async () => expect(JSON.parse(await textOf(call))).toEqual(message)).toPass();
  await call.showRequest("Form");
  await expect(call.field("account_number")).toHaveValue(message.accountNumber);
  await expect(call.field("phones[1].number")).toHaveValue("190019393");

  await call.pin("addressbook-1");
  for (const [protocol, codec, leg] of [
    ["Connect", "binary", /Connect over HTTP/],
    ["Connect", "JSON", /Connect over HTTP/],
    ["gRPC-Web", "binary", /gRPC-Web over HTTP/],
    ["gRPC", "binary", /gRPC in the tunnel/],
  ] as const) {
    await call.chooseProtocol(protocol);
    await call.chooseCodec(codec);
    await call.sendFor("OK");
    await expect(call.response).toContainText("addressbook-1 (127.0.0.1:");
    await expect(call.json).toContainText("15136588270");
    // The status may still be that of the call before: its answer gives way to this one's, which starts at the top.
    await expect(async () => {
      await call.json.press("End");
      await expect(call.json).toContainText("18446744073709551615", { timeout: 500 });
    }).toPass();
    await expect(call.json).toContainText('"servedBy": "addressbook-1"');
    await expect(call.wire.getByRole("radio", { name: leg })).toBeChecked();
    await call.showResponse("Headers & trailers");
    await expect(call.response.getByRole("heading", { name: /Request headers gateway → backend/ })).toBeVisible();
    await expect(call.response.getByRole("heading", { name: /Trailers backend → gateway/ })).toBeVisible();
    await expect(call.response).toContainText("grpc-status");
    await call.showResponse("JSON");
  }
});

test("keeps form, wire tree and bytes in lock step on both legs", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  await call.showRequest("JSON");
  await call.writeJson(JSON.stringify(message));
  await call.showRequest("Form");
  await call.pin("addressbook-1");
  await call.sendFor("OK");

  await call.field("email").focus();
  await expect(call.wireTree.getByRole("row", { selected: true })).toContainText("email");
  await expect(call.hex.getByRole("gridcell", { selected: true })).toHaveCount(2 + message.email.length);
  await call.wireTree.press("End");
  await expect(call.wireTree.getByRole("row", { selected: true })).toContainText("account_number");
  await expect(call.hex.getByRole("gridcell", { selected: true })).toHaveText(["50", ...Array<string>(9).fill("ff"), "01"]);

  await call.chooseLeg(/^gateway → backend/);
  await expect(call.hex.getByRole("gridcell").first()).toHaveText("00");
  await expect(call.hex.getByRole("gridcell", { selected: true })).toHaveText(["50", ...Array<string>(9).fill("ff"), "01"]);
  await call.chooseSide("Response");
  await call.wireTree.press("End");
  await expect(call.hex.getByRole("gridcell", { selected: true })).toHaveText([
    "1a",
    "0d",
    ...Array.from("addressbook-1", (letter) => letter.charCodeAt(0).toString(16)),
  ]);
  await expect(call.json.getByRole("treeitem", { selected: true })).toContainText("servedBy");
});

test("shows the decoded details of an error and marks the field that is blamed", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("Div");
  await call.field("a").fill("7");
  await call.sendFor("invalid_argument");
  await expect(call.error).toContainText("google.rpc.BadRequest");
  await call.error.getByRole("button", { name: "Go to field" }).click();
  await expect(call.field("b")).toBeFocused();
  await expect(call.request.getByText(/zero/).first()).toBeVisible();
  await page.keyboard.type("2");
  await call.sendFor("OK");
  await expect(call.json).toContainText('"quo": "3"');
});

test("ends a call to a slowed process at its deadline", async ({ page, gateway }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("Mul");
  const behave = (delayMs: number) =>
    page.request.post(`${gateway.address}/rpcdeck.v1.FleetService/SetBehaviour`, {
      data: { name: "arith-1", behaviour: { delayMs } },
    });
  expect((await behave(2000)).status()).toBe(200);
  try {
    await call.pin("arith-1");
    await call.setDeadline("300ms");
    await call.sendFor("deadline_exceeded");
    await expect(call.error).toBeVisible();
  } finally {
    await behave(0);
  }
  await call.setDeadline("5s");
  await call.sendFor("OK");
});

for (const encoding of ["gzip", "br", "zstd"] as const) {
  test(`sends a message compressed with ${encoding}, and shows it so on the wire`, async ({ page }) => {
    await page.goto("/");
    const call = await explorerOf(page).open("SayHello");
    await call.field("name").fill("again ".repeat(200));
    await call.showRequest("Options");
    await call.request.getByRole("button", { name: /Compression of the request/ }).click();
    await page.getByRole("option", { name: new RegExp(`^${encoding}`) }).click();
    await call.pin("gateway");
    await call.sendFor("OK");
    await expect(call.json).toContainText("hello again again");
    await call.chooseLeg(/^browser → gateway/);
    await call.chooseSide("Request");
    await expect(call.wire).toContainText(new RegExp(`\\d B ${encoding}`));
    await expect(call.wireTree.getByRole("row", { name: /^name/ })).toContainText("again");
  });
}

test("asks a second instance where that harms nobody, and says where it cannot", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("GetPerson");
  const hedge = call.request.getByRole("textbox", { name: "Ask a second instance after" });
  await call.field("id").fill("1");
  await call.showRequest("Options");
  await hedge.fill("50 ms");
  const sent = page.waitForRequest((request) => request.url().endsWith("/pb.AddressBookService/GetPerson"));
  await call.send();
  expect((await sent).headers()["rpcdeck-hedge"]).toBe("50");
  await expect(call.status).toBeVisible();
  await call.pin("gateway");
  await expect(call.request.getByText("Not where one instance is chosen")).toBeVisible();
  await call.send();
  await expect(call.error).toContainText("cannot be hedged: rpcdeck-target names the one instance");
  await hedge.fill("");
  await expect(hedge).toBeDisabled();
  await explorerOf(page).open("AddPerson");
  await call.showRequest("Options");
  await expect(hedge).toBeDisabled();
  await expect(call.request.getByText("Only for methods marked NO_SIDE_EFFECTS")).toHaveCount(2);
});

test("marks invalid JSON at its place, sends nothing and loses nothing", async ({ page }) => {
  const sent: string[] = [];
  page.on("request", (request) => void sent.push(request.url()));
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  await call.showRequest("JSON");
  await call.writeJson('{"name": "Ada", "id": "many"}');
  await expect(call.request.getByRole("button", { name: /^Line 1, column 23/ })).toBeVisible();
  await call.send();
  await expect(call.request.getByRole("button", { name: "1 mistake in the JSON" })).toBeVisible();
  await expect(call.sendButton).toBeDisabled();
  expect(sent.filter((url) => url.includes("/pb.AddressBookService/"))).toEqual([]);
  await page.reload();
  await expect(call.editor).toHaveText('{"name": "Ada", "id": "many"}');
  await call.writeJson('{"name": "Ada", "id": 36}');
  await call.sendFor("OK");
  await expect(call.json).toContainText('"name": "Ada"');
});

test("finds a draft again after a reload", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  await fillPerson(call);
  await call.setDeadline("4s");
  await page.reload();
  await expect(call.field("name")).toHaveValue(message.name);
  await expect(call.field("account_number")).toHaveValue(message.accountNumber);
  await expect(call.field("photo")).toHaveValue("de ad be ef");
  await expect(call.deadline).toHaveValue("4 s");
});

test("goes from nothing to an answer by keyboard alone", async ({ page }) => {
  await page.goto("/");
  const explorer = explorerOf(page);
  await expect(explorer.method("SayHello")).toBeVisible();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Find" })).toBeFocused();
  await page.keyboard.type("mul");
  await expect(page.getByRole("option", { selected: true })).toContainText("Mul");
  await page.keyboard.press("Enter");
  const call = callOf(page);
  await expect(call.title).toContainText("Mul");
  // What was opened by keyboard is filled in by keyboard: no way to walk first.
  await expect(call.field("a")).toBeFocused();
  await page.keyboard.type("6");
  await page.keyboard.press("Tab");
  await page.keyboard.type("7");
  await call.sendFor("OK");
  await expect(call.json).toContainText('"product": "42"');

  await page.keyboard.press("/");
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Escape");
  await explorer.tree.getByRole("row", { name: "Mul" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(call.title).toContainText("Div");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("region", { name: "Call error" })).toBeVisible();
});

test("loses no key that is typed right after Ctrl K, the first time too", async ({ page }) => {
  await page.goto("/");
  await expect(explorerOf(page).method("SayHello")).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("sayhello");
  await expect(page.getByRole("combobox", { name: "Find" })).toHaveValue("sayhello");
  await page.keyboard.press("Enter");
  await expect(callOf(page).title).toContainText("SayHello");
});

/** The text of the JSON editor, line by line. */
async function textOf(call: CallPage): Promise<string> {
  return (await call.editor.locator(".cm-line").allTextContents()).join("\n");
}
