import { createRoot, type Root } from "react-dom/client";
import { flushSync } from "react-dom";
import type { ComponentType } from "react";
import type { ForeignAnswers, ForeignCalls } from "./foreign-caller.ts";
import "../src/styles/tokens.css";
import "../src/styles/reset.css";
import "../src/styles/global.css";

type Story = ComponentType<Record<string, unknown>>;

const files = import.meta.glob<Record<string, Story>>("../src/**/*.story.tsx");
let root: Root | undefined;

Object.assign(window, {
  async mount({ story, props }: { story: string; props?: Record<string, unknown> }) {
    const [file, name] = [story.slice(0, story.lastIndexOf("/")), story.slice(story.lastIndexOf("/") + 1)];
    const Component = (await files[`../src/${file}.story.tsx`]?.())?.[name];
    if (!Component) throw new Error(`no story ${story}; have ${Object.keys(files).join(", ")}`);
    root ??= createRoot(document.getElementById("root")!);
    flushSync(() => root!.render(<Component {...props} />));
  },
  unmount() {
    root?.unmount();
    root = undefined;
  },
  /** For e2e/cors.spec.ts, to which this page is somebody else's. */
  async callFromAfar(calls: ForeignCalls): Promise<ForeignAnswers> {
    return (await import("./foreign-caller.ts")).callFromAfar(calls);
  },
});

// Opened by hand, gallery/?story=ui/button/States shows one story; &theme=dark pins the theme.
const search = new URLSearchParams(location.search);
const story = search.get("story");
const theme = search.get("theme");
if (theme !== null) document.documentElement.dataset["theme"] = theme;
if (story !== null) void (window as unknown as { mount(parameters: { story: string }): Promise<void> }).mount({ story });
