import { useRef } from "react";
import { newId } from "@/lib/ids";

/**
 * A key for saving something once: the same for another try with the same content, so that an answer lost on the
 * way does not save it twice; a new one when the content has changed or was saved.
 */
export function useIdempotencyKey(): { keyFor: (content: unknown) => string; saved: () => void } {
  const last = useRef<{ content: string; key: string } | null>(null);
  return {
    keyFor: (content) => {
      const text = JSON.stringify(content);
      if (last.current?.content !== text) last.current = { content: text, key: newId() };
      return last.current.key;
    },
    saved: () => {
      last.current = null;
    },
  };
}
