import { spawn } from "node:child_process";

/** Opens an address in the user's browser (--open). Where there is none nothing happens: the address was printed. */
export function openPage(address: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", address]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", address]
        : ["xdg-open", address];
  const child = spawn(command ?? "", args, { stdio: "ignore", detached: true });
  child.on("error", () => undefined); // no such program: nothing to open with
  child.unref();
}
