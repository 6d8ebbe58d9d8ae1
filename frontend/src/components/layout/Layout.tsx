import { Suspense } from "react";
import { Outlet, ScrollRestoration } from "react-router";
import { Loading } from "@/components/Loading";
import { Footer } from "./Footer";
import { Navbar } from "./Navbar";

export function Layout() {
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only z-10 rounded-full bg-primary px-4 py-2 text-primary-foreground focus:not-sr-only focus:absolute focus:m-2"
      >
        Skip to content
      </a>
      <Navbar />
      <main id="content" tabIndex={-1} className="mx-auto w-full max-w-4xl grow px-4 py-8 outline-none">
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <Footer />
      <ScrollRestoration />
    </div>
  );
}
