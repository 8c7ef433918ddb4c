"use strict";
// Runs one of the project's commands on the pinned Node.js, after installing what is missing. Plain old JavaScript: any Node runs it,
// before node_modules exist. Usage: node scripts/launch.cjs COMMAND [ARGUMENTS]
var fs = require("fs"),
  path = require("path"),
  child = require("child_process");
var pinned = require("./pinned-node.cjs");
var started = Date.now();

// Each command is a list of programs; the last one gets the arguments.
var commands = {
  start: [["scripts/build-web.ts", "--if-needed"], ["apps/gateway/src/main.ts"]],
  dev: [["scripts/dev.ts"]],
  build: [["scripts/build-web.ts"]],
  test: [["scripts/test.ts"]],
  check: [["scripts/check.ts"]],
  generate: [["scripts/generate.ts"]],
  bench: [["bench/run.ts"]],
  ci: [["scripts/ci.ts"]],
  conformance: [["conformance/run.ts"]],
  faults: [["faults/run.ts"]],
  floods: [["floods/run.ts"]],
  interop: [["conformance/interop.ts"]],
  "fuzz:wire": [["verify/fuzz-wire.ts"]],
  "verify:wire": [["verify/verify-wire.ts"]],
  "verify:protoc": [["verify/verify-protoc.ts"]],
};
var name = process.argv[2],
  args = process.argv.slice(3);
if (!commands[name]) {
  console.error("unknown command " + name + "; there are " + Object.keys(commands).join(", "));
  process.exit(2);
}

function say(text) {
  console.error("[" + ((Date.now() - started) / 1000).toFixed(1) + " s] " + text);
}
function mtime(file) {
  try {
    return fs.statSync(path.join(pinned.root, file)).mtimeMs;
  } catch (e) {
    return 0;
  }
}

if (mtime("node_modules/.package-lock.json") < mtime("package-lock.json")) {
  say("installing dependencies (once, about 30 s) ...");
  var cli = process.env.npm_execpath; // set by npm itself
  var done = child.spawnSync(
    cli ? process.execPath : "npm",
    (cli ? [cli] : []).concat(["ci", "--loglevel=error", "--no-audit", "--no-fund"]),
    {
      cwd: pinned.root,
      stdio: ["ignore", 2, 2],
      shell: !cli && process.platform === "win32",
    },
  );
  if (done.status !== 0) process.exit(done.status || 1);
  // npm keeps the time stamp of an unchanged file; ours must be newer than the lock.
  fs.utimesSync(path.join(pinned.root, "node_modules/.package-lock.json"), new Date(), new Date());
  say("dependencies installed");
}
pinned.link();
var node = pinned.pinnedNode() || process.execPath;
var v = process.versions.node.split(".").map(Number);
if (node === process.execPath && (v[0] < 22 || (v[0] === 22 && v[1] < 18))) {
  console.error(
    "Node.js 22.18 or newer is needed, this is " + process.version + ", and the bundled one does not run here (on Linux it needs glibc).",
  );
  process.exit(1);
}

var env = Object.assign({}, process.env);
// Programs that the scripts start by name (tsc, buf, vite) come from this project, and so does their Node.js.
env.PATH = path.join(pinned.root, "node_modules", ".bin") + path.delimiter + env.PATH;
// What Node.js makes of our sources is kept: a gateway and each server of the demo fleet start in half the time.
if (!env.NODE_COMPILE_CACHE) env.NODE_COMPILE_CACHE = path.join(pinned.root, "node_modules", ".cache", "rpcdeck-compiled");

var steps = commands[name];
for (var i = 0; i < steps.length - 1; i++) {
  var step = child.spawnSync(node, [path.join(pinned.root, steps[i][0])].concat(steps[i].slice(1)), {
    cwd: pinned.root,
    stdio: ["ignore", 2, 2],
    env: env,
  });
  if (step.status !== 0) process.exit(step.status || 1);
}
var last = steps[steps.length - 1];
if (name === "start") say("starting the gateway");
// The user's own paths on the command line are relative to where they are: npm starts us in the project's root.
var cwd = name === "start" && process.env.INIT_CWD ? process.env.INIT_CWD : pinned.root;
var run = child.spawn(node, [path.join(pinned.root, last[0])].concat(last.slice(1), args), { stdio: "inherit", env: env, cwd: cwd });
["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
  process.on(signal, function () {
    // Ctrl-C already reaches the whole group of a terminal; a second signal is harmless.
    if (signal !== "SIGINT" || !process.stdin.isTTY) {
      clearInterval(watch);
      run.kill(signal);
    }
  });
});
// npm's shell dies on SIGTERM without telling us: notice that the parent has changed, and tell it once: a second signal would end it at once.
var parent = process.ppid;
var watch = setInterval(function () {
  if (process.ppid === parent) return;
  clearInterval(watch);
  run.kill("SIGTERM");
}, 250).unref();
run.on("exit", function (code, signal) {
  process.exit(signal ? 1 : code);
});
