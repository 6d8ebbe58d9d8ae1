import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The address of a running platform, for `npm run dev`; the built app is served by the edge itself. */
const platform = process.env.VOICECBT_URL ?? "http://127.0.0.1:18080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  // The audio worklet is a module; nothing may be inlined as data:, so that a strict CSP works.
  worker: { format: "es" },
  build: { assetsInlineLimit: 0, sourcemap: true },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: platform, ws: true } },
  },
  preview: { host: "127.0.0.1" },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 30_000,
  },
});
