// Step 6 of the main job: one's own server, and one's own registry.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { missingPeer, startEtcd, startGateway, startGoPeer } from "../peers/programs.ts";
import { root } from "../scripts/steps.ts";
import { expect, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";
import { registryOf } from "./pages/registry.ts";
import { targetDialogOf } from "./pages/target-dialog.ts";

const noGo = missingPeer("go");
const noEtcd = missingPeer("etcd");

test("calls a typed server that has reflection, and names its address once it is gone", async ({ page }) => {
  test.skip(noGo !== undefined, noGo);
  const peer = await startGoPeer("greeter");
  const typed = peer.address.replace("127.0.0.1", "localhost");
  try {
    const explorer = explorerOf(page);
    const target = targetDialogOf(page);
    await page.goto("/");
    await target.open();
    await target.look(typed);
    await expect(target.steps).toContainText(/reflection/i);
    await target.add();
    const call = await explorer.openOf(typed, "SayHello");
    await call.field("name").fill("Go");
    await call.sendFor("OK");
    await expect(call.json).toContainText("hello Go");
    await expect(call.response).toContainText(typed);
    await peer.stop();
    await call.sendFor("unavailable");
    await expect(call.error).toContainText(`${typed}: connection refused`);
  } finally {
    await peer.stop();
  }
});

test("says step by step that reflection is off, and takes a dropped .proto file instead", async ({ page }) => {
  test.skip(noGo !== undefined, noGo);
  const peer = await startGoPeer("greeter", "-reflection=false");
  const typed = peer.address.replace("127.0.0.1", "localhost");
  try {
    const target = targetDialogOf(page);
    await page.goto("/");
    await target.open();
    await target.look(typed);
    await expect(
      target.steps
        .getByRole("listitem")
        .filter({ hasText: /reflection/i })
        .first(),
    ).toContainText("the server has no reflection service (v1 and v1alpha were tried)");
    await expect(target.dialog.getByText("It answers, but its schema is not known yet")).toBeVisible();
    const broken = test.info().outputPath("greeter.proto");
    writeFileSync(broken, 'syntax = "proto3"; package pb;\nservice Greeter { rpc SayHello(Missing) returns (Missing); }');
    await target.drop(broken);
    await expect(target.dialog.getByRole("list", { name: "Problems" })).toContainText("greeter.proto:2");
    await target.drop(join(root, "protos/pb/greeter.proto"));
    await expect(target.dialog.getByText("Schema added")).toBeVisible();
    await target.add();
    const call = await explorerOf(page).openOf(typed, "SayHello");
    await call.field("name").fill("proto");
    await call.sendFor("OK");
    await expect(call.json).toContainText("hello proto");
  } finally {
    await peer.stop();
  }
});

test("says that nothing answers at a dead address", async ({ page }) => {
  const target = targetDialogOf(page);
  await page.goto("/");
  await target.open();
  await target.look("localhost:9");
  await expect(target.dialog.getByText("Nothing to call there")).toBeVisible();
  await expect(target.steps).toContainText("connection refused");
});

test("shows and calls what is registered in a real etcd", async ({ page }) => {
  test.skip(noGo !== undefined || noEtcd !== undefined, noGo ?? noEtcd);
  const etcd = await startEtcd();
  const peer = await startGoPeer("greeter", "-etcd", etcd.address);
  const gateway = await startGateway("--no-demo", "--registry", `etcd://${etcd.address}`);
  try {
    const registry = registryOf(page, gateway.address);
    await registry.open();
    await expect(page.getByRole("list", { name: "Registry sources" })).toContainText(/etcd/);
    await expect(
      registry
        .row(peer.address)
        .or(page.getByRole("cell", { name: peer.address }))
        .first(),
    ).toBeVisible();
    await page.getByRole("link", { name: "Calls" }).click();
    const explorer = explorerOf(page);
    await expect(explorer.service("pb.Greeter").getByRole("img", { name: "2 of 2 healthy" })).toBeVisible();
    const call = await explorer.open("SayHello");
    await call.pin(peer.address);
    await call.field("name").fill("etcd");
    await call.sendFor("OK");
    await expect(call.json).toContainText("hello etcd");
    await expect(call.response).toContainText(peer.address);
  } finally {
    await gateway.stop();
    await peer.stop();
    await etcd.stop();
  }
});
