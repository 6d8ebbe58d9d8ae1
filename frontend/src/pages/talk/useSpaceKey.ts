import { useEffect, useRef } from "react";

const INTERACTIVE = "a, button, input, textarea, select, summary, [role=slider], [contenteditable]";

/** Space anywhere on the page, except in what uses the key itself. */
export function useSpaceKey(action: () => void): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const taken = event.target instanceof Element && event.target.closest(INTERACTIVE) !== null;
      if (event.code !== "Space" || event.repeat || taken || event.ctrlKey || event.metaKey || event.altKey)
        return;
      event.preventDefault();
      latest.current();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
