import { expect, type Locator, type Page } from "@playwright/test";

/** One call: its line, its request, its answer or its stream, and the wire. */
export interface CallPage {
  readonly title: Locator;
  readonly request: Locator;
  readonly response: Locator;
  readonly wire: Locator;
  readonly sendButton: Locator;
  /** How the call stands, in a word. */
  readonly status: Locator;
  readonly deadline: Locator;
  /** The answer as JSON. */
  readonly json: Locator;
  /** Why the call failed. */
  readonly error: Locator;
  /** The JSON editor of the request. */
  readonly editor: Locator;
  readonly messages: Locator;
  readonly hex: Locator;
  readonly wireTree: Locator;
  /** The control of a form field. */
  field(path: string): Locator;
  chooseProtocol(name: "Connect" | "gRPC-Web" | "gRPC"): Promise<void>;
  chooseCodec(name: "binary" | "JSON"): Promise<void>;
  /** Pins the call to one instance, by its label. */
  pin(label: string): Promise<void>;
  setDeadline(text: string): Promise<void>;
  /** Ctrl Enter, wherever the focus is. */
  send(): Promise<void>;
  /** Sends, and waits for the outcome. */
  sendFor(status: string): Promise<void>;
  /** Opens a tab of the request. */
  showRequest(tab: "Form" | "JSON" | "Bytes" | "Metadata" | "Options"): Promise<void>;
  /** Opens a tab of the answer. */
  showResponse(tab: "JSON" | "Messages" | "Bytes" | "Headers & trailers" | "Timeline"): Promise<void>;
  /** Replaces the text of the JSON editor. */
  writeJson(text: string): Promise<void>;
  chooseLeg(name: RegExp): Promise<void>;
  chooseSide(name: "Request" | "Response"): Promise<void>;
  /** A cell of the counters of a stream. */
  counter(row: "messages" | "bytes", column: "Sent" | "Received"): Locator;
}

/** The call that a page shows. */
export function callOf(page: Page): CallPage {
  const main = page.getByRole("main");
  const request = main.getByRole("region", { name: /^(Request|Next message)$/ });
  const response = main.getByRole("region", { name: "Response", exact: true });
  const wire = main.getByRole("region", { name: "Wire inspector" });
  const status = response.getByRole("status").first();
  const editor = request.locator(".cm-content");
  const deadline = main.getByRole("textbox", { name: "Deadline" }).first();
  const choose = async (group: string, name: string | RegExp) => {
    await main.getByRole("radiogroup", { name: group }).getByRole("radio", { name, exact: true }).click();
  };
  const send = async () => {
    await page.keyboard.press("Control+Enter");
  };
  return {
    title: main.getByRole("heading", { level: 1 }),
    request,
    response,
    wire,
    sendButton: main.getByRole("button", { name: /^Send/ }).first(),
    status,
    deadline,
    json: response.getByRole("tree", { name: "Response as JSON" }),
    error: main.getByRole("region", { name: "Call error" }),
    editor,
    messages: main.getByRole("grid", { name: "Messages" }),
    hex: wire.getByRole("grid"),
    wireTree: wire.getByRole("treegrid", { name: "Wire tree" }),
    field: (path) => request.getByLabel(path, { exact: true }),
    chooseProtocol: (name) => choose("Protocol", name),
    chooseCodec: (name) => choose("Codec", name),
    async pin(label) {
      await main.getByRole("button", { name: /Instance$/ }).click();
      await page.getByRole("option", { name: label }).click();
    },
    async setDeadline(text) {
      await deadline.fill(text);
      await deadline.press("Enter");
    },
    send,
    async sendFor(word) {
      await send();
      await expect(status).toHaveText(word);
    },
    async showRequest(tab) {
      await request.getByRole("tab", { name: new RegExp(`^${tab}`) }).click();
    },
    async showResponse(tab) {
      await response.getByRole("tab", { name: tab }).click();
    },
    async writeJson(text) {
      await editor.click();
      await page.keyboard.press("Control+a");
      await page.keyboard.insertText(text);
    },
    chooseLeg: (name) => choose("Leg", name),
    async chooseSide(name) {
      await wire.getByRole("radiogroup", { name: "Direction" }).getByRole("radio", { name, exact: true }).click();
    },
    counter: (row, column) =>
      main
        .getByRole("region", { name: "Counters" })
        .getByRole("row", { name: new RegExp(`^${row} `) })
        .getByRole("cell")
        .nth(column === "Sent" ? 0 : 1),
  };
}
