import { EditorView } from "@codemirror/view";

/**
 * Types over a selection without the browser's help. Chromium keeps the looks of the replaced text by a style attribute, which the content
 * security policy refuses, and which the editor would throw away anyway.
 */
export const typeOverSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const text = event.data;
    if (event.inputType !== "insertText" || text === null || view.composing || view.state.readOnly) return false;
    const { from, to, empty } = view.state.selection.main;
    if (empty || view.state.selection.ranges.length > 1) return false;
    const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    event.preventDefault();
    // Others first, as for typed text: closing brackets and quotes go around the selection.
    const isTaken = view.state.facet(EditorView.inputHandler).some((handler) => handler(view, from, to, text, insert));
    if (!isTaken) view.dispatch(insert());
    return true;
  },
});
