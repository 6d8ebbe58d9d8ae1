import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// The longest that anything may take on a busy machine; nothing waits for it to pass.
configure({ asyncUtilTimeout: 15_000 });

afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

/** Radix's slider measures itself; nothing has a size in jsdom. */
class NothingToMeasure implements ResizeObserver {
  observe(): void {
    return;
  }
  unobserve(): void {
    return;
  }
  disconnect(): void {
    return;
  }
}

globalThis.ResizeObserver = NothingToMeasure;
window.scrollTo = () => undefined;
