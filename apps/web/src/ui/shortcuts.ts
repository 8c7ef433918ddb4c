/** One shortcut of the page. Spaces divide keys; "G C" is G, then C. */
export interface Shortcut {
  readonly keys: string;
  readonly action: string;
  /** A single key works only while no text field has the focus, and can be switched off. */
  readonly single?: true;
}

/** Every shortcut there is, by the place it works in. Feeds the help dialog and the tooltips. */
export const shortcuts = {
  everywhere: [
    { keys: "Ctrl K", action: "Find a method, service or instance" },
    { keys: "Ctrl B", action: "Show or hide the explorer" },
    { keys: "Ctrl ,", action: "Settings" },
    { keys: "G C", action: "Calls", single: true },
    { keys: "G R", action: "Registry", single: true },
    { keys: "G B", action: "Inspect bytes", single: true },
    { keys: "/", action: "Filter of the pane in focus", single: true },
    { keys: "F6", action: "Next pane" },
    { keys: "Shift F6", action: "Previous pane" },
    { keys: "?", action: "All shortcuts", single: true },
    { keys: "Esc", action: "Close the topmost thing; never cancels a call" },
  ],
  calls: [
    { keys: "Ctrl Enter", action: "Send; in an open stream, send the next message" },
    { keys: "Ctrl Shift Enter", action: "Half-close" },
    { keys: "Ctrl .", action: "Cancel the running call" },
    { keys: "Ctrl Z", action: "Undo the last change of the message, outside text fields" },
    { keys: "Ctrl Shift Z", action: "Bring back what was undone" },
    { keys: "Ctrl J", action: "Show or hide the wire inspector" },
    { keys: "P", action: "Pause or resume the stream", single: true },
    { keys: "N", action: "New call", single: true },
    { keys: "[", action: "Previous call tab", single: true },
    { keys: "]", action: "Next call tab", single: true },
  ],
  bytes: [
    { keys: "F8", action: "Next finding in the bytes" },
    { keys: "Shift F8", action: "Previous finding" },
  ],
  lists: [
    { keys: "↑ ↓", action: "Move" },
    { keys: "← →", action: "Fold and unfold; choose a tab or a key" },
    { keys: "Home End", action: "First and last" },
    { keys: "A…Z", action: "Jump to a name" },
  ],
} as const satisfies Record<string, readonly Shortcut[]>;
