import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, type RefObject } from "react";
import type { Draft } from "#data/draft.ts";
import { typedTarget } from "#data/typed-targets.ts";
import { drafts, useDraft, useDrafts, useDraftsLoaded } from "#data/drafts.ts";

/**
 * The draft in the URL. The URL is kept in step: it names the method, so that a link opens the same call where the draft is not known. Without a
 * draft in it the newest one is shown. Undefined while there is none, or while drafts are being read. `closing` holds the id of a draft that is on
 * its way out: its address must not bring it back, and it is not the newest any more.
 */
export function useCurrentDraft(closing: RefObject<string | undefined>): Draft | undefined {
  const search = useSearch({ from: "/" });
  const navigate = useNavigate({ from: "/" });
  const isLoaded = useDraftsLoaded();
  const all = useDrafts();
  const draft = useDraft(search.draft);

  useEffect(() => {
    if (!isLoaded || (search.draft !== undefined && search.draft === closing.current)) return;
    const newest = all.findLast(({ id }) => id !== closing.current)?.id;
    if (draft === undefined) {
      const { service, method } = search;
      if (service !== undefined && method !== undefined) {
        // A link names a typed target; what it needs to be called is kept in this browser.
        const known = search.target === undefined ? undefined : typedTarget(search.target);
        const opened = drafts.open({
          service,
          method,
          target: search.target,
          ...(known === undefined ? {} : { schemaId: known.schemaId, metadata: known.metadata }),
          ...(search.protocol === undefined ? {} : { protocol: search.protocol }),
          ...(search.codec === undefined ? {} : { codec: search.codec }),
        });
        void navigate({ replace: true, search: { ...search, draft: opened.id } });
      } else if (newest !== undefined) void navigate({ replace: true, search: { draft: newest } });
      return;
    }
    const { service, method, target, protocol, codec } = draft;
    const isInStep =
      search.service === service &&
      search.method === method &&
      search.target === target &&
      search.protocol === protocol &&
      search.codec === codec;
    if (!isInStep) void navigate({ replace: true, search: { ...search, service, method, target, protocol, codec } });
  }, [isLoaded, draft, all, search, navigate, closing]);

  return draft;
}
