import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef } from "react";
import { drafts, useDraftsLoaded } from "#data/drafts.ts";
import { forgetSession } from "#data/sessions.ts";
import { CallTabs } from "#features/request/call-tabs.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { Keys } from "#ui/keys.tsx";
import { useCalmDraft } from "./call/use-calm-draft.ts";
import { useCurrentDraft } from "./call/use-current-draft.ts";
import { useOpenCalls } from "./call/use-open-calls.ts";
import { useShortcuts } from "./use-shortcuts.ts";
import s from "./call/call.module.css";

/** The call screen is fetched this long after the page stands, so that the first call opens at once. */
const aheadMs = 300;

/** Editors, response and inspector come after the page stands: with the first open call, or ahead of it. */
const loadCallScreen = async () => ({ default: (await import("./call/call-screen.tsx")).CallScreen });
const CallScreen = lazy(loadCallScreen);

/** The Calls screen: the open calls as tabs, and the one in the URL. */
export function CallPage() {
  const closing = useRef<string>(undefined);
  const draft = useCurrentDraft(closing);
  const { view } = useSearch({ from: "/" });
  const shown = useCalmDraft(draft, view === undefined);
  const tabs = useOpenCalls();
  const isLoaded = useDraftsLoaded();
  const navigate = useNavigate({ from: "/" });

  useEffect(() => {
    // What fails here is fetched again, and its error shown, where a call opens.
    const timer = setTimeout(() => void loadCallScreen().catch(() => undefined), aheadMs);
    return () => {
      clearTimeout(timer);
    };
  }, []);

  const open = (id: string) => void navigate({ search: { draft: id } });
  const close = async (id: string) => {
    const index = tabs.findIndex((tab) => tab.id === id);
    const next = tabs[index + 1] ?? tabs[index - 1];
    closing.current = id;
    // First away from its address, which would open it anew.
    if (id === draft?.id) await navigate({ search: next === undefined ? {} : { draft: next.id } });
    drafts.remove(id);
    forgetSession(id);
    closing.current = undefined;
  };
  const step = (by: 1 | -1) => {
    const index = tabs.findIndex((tab) => tab.id === draft?.id);
    const next = tabs[(index + by + tabs.length) % tabs.length];
    if (next) open(next.id);
  };
  const another = () => {
    if (draft === undefined) return;
    const { service, method, target, schemaId, protocol, codec, metadata } = draft;
    open(drafts.create({ service, method, target, schemaId, protocol, codec, metadata }).id);
  };
  useShortcuts({
    N: another,
    "[": () => {
      step(-1);
    },
    "]": () => {
      step(1);
    },
  });

  return (
    <div className={s.screen} data-behind={shown === draft ? undefined : ""}>
      {tabs.length > 0 && (
        <CallTabs
          tabs={tabs}
          current={draft?.id}
          onOpen={open}
          onClose={(id) => void close(id)}
          onNew={draft === undefined ? undefined : { label: `New call of ${draft.method}`, action: another }}
        />
      )}
      {shown === undefined ? (
        isLoaded && tabs.length === 0 && <NoCall />
      ) : (
        // Another call is another screen: nothing of the last one's state may stay.
        <Suspense>
          <CallScreen key={shown.id} draft={shown} />
        </Suspense>
      )}
    </div>
  );
}

function NoCall() {
  return (
    <EmptyState icon="calls" title="No call open">
      <p>Choose a method in the explorer, or find one by name.</p>
      <Keys keys="Ctrl K" />
    </EmptyState>
  );
}
