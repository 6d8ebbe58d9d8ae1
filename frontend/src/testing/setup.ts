import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

// What jsdom lacks and Radix's slider and React Router need.
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {
      // Nothing has a size in jsdom.
    }
    unobserve() {
      // As above.
    }
    disconnect() {
      // As above.
    }
  },
);
window.scrollTo = vi.fn();
