import { useEffect, useState, type RefObject } from "react";

/**
 * Which of the rows below `container` are on screen: the values of their `data-on-screen`. `rows` changes when rows come or go, so that they
 * are looked at anew.
 */
export function useOnScreen(container: RefObject<HTMLElement | null>, rows: string): readonly string[] {
  const [visible, setVisible] = useState<readonly string[]>([]);
  useEffect(() => {
    const root = container.current;
    if (!root) return;
    const seen = new Set<string>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const id = (entry.target as HTMLElement).dataset["onScreen"] ?? "";
          if (entry.isIntersecting) seen.add(id);
          else seen.delete(id);
        }
        setVisible([...seen].toSorted());
      },
      { root },
    );
    for (const row of root.querySelectorAll("[data-on-screen]")) observer.observe(row);
    return () => {
      observer.disconnect();
    };
  }, [container, rows]);
  return visible;
}
