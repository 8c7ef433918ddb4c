// Names that nobody has, values that are none, and backends that send what is no answer: said at its place, and nothing is lost.
import { join } from "node:path";
import { grpcEnvelope, startRawH2 } from "@rpcdeck/testkit";
import { startGateway } from "../peers/programs.ts";
import { root } from "../scripts/steps.ts";
import { expect, expectAccessible, test } from "./fixtures.ts";
import { callOf } from "./pages/call.ts";
import { explorerOf } from "./pages/explorer.ts";

test("leads from a method and a service that nobody has to the nearest that there are", async ({ page }) => {
  const call = callOf(page);
  await page.goto("/?service=pb.Greeter&method=SayHelo");
  await expect(page.getByText("pb.Greeter has no method SayHelo")).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "SayHello", exact: true }).click();
  await call.field("name").fill("near");
  await call.sendFor("OK");
  await expect(call.json).toContainText("hello near");

  await page.goto("/?service=pb.Greter&method=SayHello");
  await expect(page.getByText("No schema of pb.Greter")).toBeVisible();
  await call.sendFor("unimplemented");
  await expect(call.error).toContainText("no instance has service pb.Greter");
  await expectAccessible(page);
  await call.error.getByRole("button", { name: "Call pb.Greeter" }).click();
  await expect(page).toHaveURL(/service=pb.Greeter&/);
  await call.field("name").fill("meant");
  await call.sendFor("OK");
  await expect(call.json).toContainText("hello meant");
});

test("marks a form value that is none, sends nothing and keeps it", async ({ page }) => {
  const sent: string[] = [];
  page.on("request", (request) => void sent.push(request.url()));
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  await call.field("name").fill("Ada");
  await call.field("id").fill("many");
  await expect(call.field("id")).toHaveAttribute("aria-invalid", "true");
  await expect(call.sendButton).toBeDisabled();
  await call.send();
  await expect(call.field("id")).toHaveValue("many");
  await expect(call.field("name")).toHaveValue("Ada");
  expect(sent.filter((url) => url.includes("/pb.AddressBookService/"))).toEqual([]);
  await call.field("id").fill("36");
  await call.sendFor("OK");
  await expect(call.json).toContainText('"id": 36');
});

test("shows malformed messages and frames of a backend as bytes, with what is wrong", async ({ page }) => {
  // "name" answers a whole frame whose message ends inside a field; anything else a frame that ends inside itself.
  const backend = await startRawH2((stream) => {
    const asked: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => asked.push(chunk));
    stream.on("end", () => {
      if (stream.destroyed) return; // a health check that was given up
      const isMessage = Buffer.concat(asked).includes("name");
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(
        isMessage ? grpcEnvelope(Uint8Array.of(0x0a, 0xff, 0x01, 0x68, 0x69)) : Uint8Array.of(0, 0, 0, 1, 0, 0xde, 0xad, 0xbe, 0xef),
      );
    });
  });
  const gateway = await startGateway(
    "--no-demo",
    "--health-interval",
    "0",
    "--target",
    `pb.Greeter=grpc://${backend.address}`,
    "--proto",
    join(root, "protos/pb/greeter.proto"),
  );
  try {
    await page.goto(gateway.address);
    const call = await explorerOf(page).open("SayHello");
    await call.pin(backend.address);
    await call.field("name").fill("name");
    await call.sendFor("OK");
    await call.chooseSide("Response");
    await expect(
      call.wireTree.getByRole("row", { name: /expected at most 2 bytes left in the input, found a length of 255/ }),
    ).toBeVisible();
    await expect(call.hex.getByRole("gridcell").filter({ hasText: /^ff$/ })).toHaveCount(1);
    await expectAccessible(page);

    await call.field("name").fill("frame");
    await call.sendFor("internal");
    await call.chooseLeg(/^gateway → backend/);
    await call.chooseSide("Response");
    await expect(call.wire.getByText("The body ends inside a frame")).toBeVisible();
    await expect(call.hex.getByRole("gridcell")).toHaveText(["00", "00", "00", "01", "00", "de", "ad", "be", "ef"]);
    await expectAccessible(page);
  } finally {
    await gateway.stop();
    await backend.close();
  }
});
