// A schema that changes while the page is open: read again on request, and nothing that was typed is lost.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBackend } from "@rpcdeck/testkit";
import { startGateway } from "../peers/programs.ts";
import { expect, expectAccessible, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

const first = `syntax = "proto3";
package pb;
message HelloRequest { string name = 1; }
message HelloReply { string message = 1; }
service Greeter { rpc SayHello(HelloRequest) returns (HelloReply); }
`;
const second = first
  .replace("string name = 1;", "string name = 1; string greeting = 2;")
  .replace("service Greeter {", "service Greeter { rpc Wave(HelloRequest) returns (HelloReply);");

test("reads a changed .proto file again from the palette, keeps the draft, and says what is wrong with a broken one", async ({ page }) => {
  const folder = test.info().outputPath("protos");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "greeter.proto");
  writeFileSync(file, first);
  const backend = await startBackend({ protocols: ["grpc"] });
  const gateway = await startGateway("--no-demo", "--target", `pb.Greeter=grpc://${backend.address}`, "--proto", folder);
  try {
    await page.goto(gateway.address);
    const explorer = explorerOf(page);
    await expect(explorer.method("SayHello")).toBeVisible();
    // The gateway has a Greeter of its own; the draft is about the other one.
    const call = await explorer.open("SayHello");
    await call.pin(backend.address);
    await call.field("name").fill("kept");
    await expect(call.request.getByLabel("greeting", { exact: true })).toHaveCount(0);

    writeFileSync(file, second);
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox", { name: "Find" })).toBeFocused();
    await page.keyboard.type(">reload sch");
    await expect(page.getByRole("option", { name: "Reload schemas" })).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(page.getByText("Schemas are read again")).toBeVisible();
    await expect(call.field("greeting")).toBeVisible();
    await expect(call.field("name")).toHaveValue("kept");
    await call.sendFor("OK");
    await expect(call.json).toContainText("hello kept");

    writeFileSync(file, second.replace("string greeting", "strin greeting"));
    await page.getByRole("button", { name: "Reload schemas" }).click();
    await expect(page.getByRole("main").getByText(/greeter\.proto:3/)).toBeVisible();
    await expect(call.field("greeting")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await expect(page.getByText(/greeter\.proto:3/)).toHaveCount(0);
    await page.reload();
    await expect(call.field("name")).toHaveValue("kept");
  } finally {
    await gateway.stop();
    await backend.close();
  }
});
