// Step 6 of the main job: one's own server, and one's own registry.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import http2 from "node:http2";
import { join } from "node:path";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { demoServices, listen, serverCertificate, startBackend } from "@rpcdeck/testkit";
import { missingPeer, startEtcd, startGateway, startGoPeer } from "../peers/programs.ts";
import { root } from "../scripts/steps.ts";
import { expect, expectAccessible, test } from "./fixtures.ts";
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

test("says that a registry is away, serves what was known, and says when it is back", async ({ page }) => {
  test.skip(noEtcd !== undefined, noEtcd);
  const etcd = await startEtcd();
  const backend = await startBackend({ protocols: ["grpc"] });
  const gateway = await startGateway("--no-demo", "--registry", `etcd://${etcd.address}`);
  try {
    const record = JSON.stringify({ Op: 0, Addr: backend.address, Metadata: null });
    const put = ["put", "own.Service/kept", record];
    execFileSync("etcdctl", put, { env: { ...process.env, ETCDCTL_API: "3", ETCDCTL_ENDPOINTS: etcd.address } });
    const registry = registryOf(page, gateway.address);
    await registry.open();
    const source = page.getByRole("list", { name: "Registry sources" }).getByRole("listitem").filter({ hasText: "etcd" });
    await expect(source).toContainText("ok");
    await expect(registry.row("kept")).toBeVisible();
    await etcd.leave();
    await expect(source).toContainText("stale");
    await expect(source).toContainText(/serving last known/);
    await expect(registry.row("kept").getByRole("img", { name: "last known" })).toBeVisible();
    await expect(page.getByRole("group", { name: "Registry sources" })).toContainText("stale");
    await expectAccessible(page);
    await etcd.comeBack();
    await expect(source).not.toContainText("stale", { timeout: 30_000 });
    await expect(registry.row("kept").getByRole("img", { name: "last known" })).toHaveCount(0);
  } finally {
    await gateway.stop();
    await backend.close();
    await etcd.stop();
  }
});

test("calls a server whose certificate nobody signed only when told to, and says so on the call", async ({ page }) => {
  const seen = { calls: 0, cancelled: 0, timeoutMs: undefined, headers: new Headers() };
  const handler = connectNodeAdapter({ routes: demoServices("tls", seen), connect: false, grpcWeb: false });
  const backend = await listen(http2.createSecureServer({ ...serverCertificate }, handler));
  const typed = `localhost:${backend.port}`;
  try {
    const target = targetDialogOf(page);
    await page.goto("/");
    await target.open();
    await target.look(`grpcs://${typed}`);
    await expect(target.steps).toContainText(/certificate|verify/i);
    await target.dialog.getByRole("radio", { name: "not verified" }).click();
    await target.dialog.getByRole("button", { name: "Look" }).click();
    await expect(target.dialog.getByText("It answers, but its schema is not known yet")).toBeVisible();
    await target.drop(join(root, "protos/pb/greeter.proto"));
    await expect(target.dialog.getByText("Schema added")).toBeVisible();
    await target.add();
    const call = await explorerOf(page).openOf(`grpcs://${typed}`, "SayHello");
    await expect(page.getByRole("main").getByText("not verified", { exact: true })).toBeVisible();
    await call.field("name").fill("TLS");
    await call.sendFor("OK");
    await expect(call.json).toContainText("hello TLS");
    await expectAccessible(page);
  } finally {
    await backend.close();
  }
});
