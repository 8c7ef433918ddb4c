import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { drafts } from "#data/drafts.ts";
import { reloadSchemas } from "#data/reload-schemas.ts";
import { removeTypedTarget, typedTarget, type TypedTarget } from "#data/typed-targets.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { Input } from "#ui/input.tsx";
import { Spinner } from "#ui/spinner.tsx";
import text from "#ui/text.module.css";
import { DocFoot } from "./doc-foot.tsx";
import { InstancesSection } from "./instances-section.tsx";
import { RecentSection } from "./recent-section.tsx";
import { ServiceTree } from "./service-tree.tsx";
import { closestName, filterTree, isInfrastructure, type MethodNode, type RootNode, type ServiceNode } from "./tree-model.ts";
import { useTree } from "./use-tree.ts";
import s from "./explorer.module.css";

const AddTargetDialog = lazy(async () => ({ default: (await import("./add-target-dialog.tsx")).AddTargetDialog }));
const SchemaDialog = lazy(async () => ({ default: (await import("./schema-dialog.tsx")).SchemaDialog }));

/** With more services than this all start folded. */
const unfoldAtMost = 24;

type Open =
  | { readonly kind: "target"; readonly edit: TypedTarget | undefined }
  | { readonly kind: "schema"; readonly service: ServiceNode };

/** The sidebar of the Calls screen: find a method, open it as a call. `onOpened` is told so that a drawer can close. */
export function Explorer({ onOpened }: { onOpened: () => void }) {
  const roots = useTree();
  const navigate = useNavigate();
  const search: { draft?: string; service?: string; method?: string; target?: string } = useSearch({ strict: false });
  const [filter, setFilter] = useState("");
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<Open | undefined>(undefined);
  const [focused, setFocused] = useState<string | undefined>(undefined);
  const shown = filterTree(roots ?? [], filter);
  const filtering = filter.trim() !== "";
  const folding = foldable(roots ?? []);
  // While a filter holds everything it found is open; what the user folded comes back after it.
  const expanded = new Set(
    filtering
      ? foldable(shown).map((node) => node.key)
      : folding.filter((node) => startsOpen(node, roots ?? []) !== toggled.has(node.key)).map((node) => node.key),
  );
  const setExpanded = (keys: ReadonlySet<string>) => {
    if (filtering) return;
    setToggled(new Set(folding.filter((node) => startsOpen(node, roots ?? []) !== keys.has(node.key)).map((node) => node.key)));
  };

  const open = (method: MethodNode) => {
    const target = method.target === undefined ? undefined : typedTarget(method.target);
    const draft = drafts.open({
      service: method.service,
      method: method.name,
      ...(method.target === undefined ? {} : { target: method.target, schemaId: method.schemaId }),
      ...(target === undefined ? {} : { metadata: target.metadata }),
    });
    void navigate({ to: "/", search: { draft: draft.id } });
    onOpened();
  };
  const current =
    search.service !== undefined && search.method !== undefined
      ? currentKey(roots ?? [], search.service, search.method, search.target)
      : undefined;

  const about =
    focused === undefined
      ? undefined
      : foldable(shown)
          .flatMap(documented)
          .find((node) => node.key === focused);

  return (
    <div className={s.explorer}>
      <div className={s.head}>
        <div data-filter="" className={s.filter}>
          <Input
            label="Filter services and methods"
            placeholder="Filter by name"
            size="sm"
            icon="filter"
            type="search"
            value={filter}
            onChange={setFilter}
            slotClassName={s.filterSlot}
            onKeyDown={(event) => {
              if (event.key === "Escape" && filter !== "") {
                setFilter("");
                event.stopPropagation();
              }
            }}
          />
        </div>
        <IconButton
          label={expanded.size > 0 ? "Fold all" : "Unfold all"}
          icon="collapse"
          size="sm"
          isDisabled={filtering}
          onPress={() => {
            setExpanded(new Set(expanded.size > 0 ? [] : folding.map((node) => node.key)));
          }}
        />
        <IconButton label="Reload schemas" icon="refresh" size="sm" onPress={() => void reloadSchemas()} />
        <IconButton
          label="Add a target"
          icon="plus"
          size="sm"
          aria-haspopup="dialog"
          onPress={() => {
            setDialog({ kind: "target", edit: undefined });
          }}
        />
      </div>
      <section className={s.grow} aria-label="Services and methods">
        <h2 className={s.title}>
          Services <span className={text.count}>{shown.length}</span>
        </h2>
        <div
          className={s.scroll}
          onFocus={(event) => {
            setFocused(event.target.closest<HTMLElement>('[role="row"]')?.dataset["key"]);
          }}
        >
          <ServiceTree
            roots={shown}
            expanded={expanded}
            onExpanded={setExpanded}
            current={current}
            actions={{
              onOpen: open,
              onAddSchema: (service) => {
                setDialog({ kind: "schema", service });
              },
              onEditTarget: (target) => {
                setDialog({ kind: "target", edit: target });
              },
              onRemoveTarget: (target) => {
                removeTypedTarget(target.url);
              },
            }}
            empty={
              <Nothing
                roots={roots}
                filter={filter}
                onFilter={setFilter}
                onAdd={() => {
                  setDialog({ kind: "target", edit: undefined });
                }}
              />
            }
          />
        </div>
        {about !== undefined && about.doc !== "" && <DocFoot name={about.name} doc={about.doc} />}
      </section>
      {search.service !== undefined && <InstancesSection service={search.service} />}
      <RecentSection onOpened={onOpened} />
      <Suspense>
        {dialog?.kind === "target" && <AddTargetDialog edit={dialog.edit} onClose={() => setDialog(undefined)} />}
        {dialog?.kind === "schema" && <SchemaDialog service={dialog.service.name} onClose={() => setDialog(undefined)} />}
      </Suspense>
    </div>
  );
}

/** What stands in an empty tree: loading, nothing registered, or nothing found with the closest name and a way out. */
function Nothing(props: { roots: readonly RootNode[] | undefined; filter: string; onFilter: (filter: string) => void; onAdd: () => void }) {
  if (props.roots === undefined) {
    return (
      <EmptyState icon="plug" title="Reading the catalog" className={s.empty}>
        <Spinner />
      </EmptyState>
    );
  }
  if (props.filter.trim() === "") {
    return (
      <EmptyState icon="plug" title="No services yet" className={s.empty}>
        <p>Nothing is registered. Type an address to call it.</p>
        <Button size="sm" onPress={props.onAdd}>
          Add a target
        </Button>
      </EmptyState>
    );
  }
  const closest = closestName(props.roots, props.filter);
  return (
    <EmptyState icon="filter" title={`No service matches “${props.filter.trim()}”`} className={s.empty}>
      {closest !== undefined && (
        <p>
          Closest:{" "}
          <button type="button" className={text.link} onClick={() => props.onFilter(closest)}>
            {closest}
          </button>
        </p>
      )}
      <Button size="sm" onPress={() => props.onFilter("")}>
        Clear filter
      </Button>
    </EmptyState>
  );
}

function foldable(roots: readonly RootNode[]): RootNode[] {
  return roots.flatMap((root) => (root.kind === "target" ? [root, ...root.services] : [root]));
}

/** A service with its methods: what has a doc comment. */
function documented(node: RootNode): readonly (ServiceNode | MethodNode)[] {
  if (node.kind === "target") return [];
  return [node, ...(node.methods.kind === "known" ? node.methods.methods : [])];
}

function startsOpen(node: RootNode, roots: readonly RootNode[]): boolean {
  return roots.length <= unfoldAtMost && (node.kind === "target" || !isInfrastructure(node.name));
}

function currentKey(roots: readonly RootNode[], service: string, method: string, target: string | undefined): string | undefined {
  const methods = foldable(roots).flatMap((node) => (node.kind === "service" && node.methods.kind === "known" ? node.methods.methods : []));
  const fitting = methods.filter((node) => node.service === service && node.name === method);
  return (fitting.find((node) => node.target === target) ?? fitting[0])?.key;
}
