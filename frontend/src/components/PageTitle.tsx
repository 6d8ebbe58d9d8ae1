import { type ReactNode, useEffect } from "react";

/** The page's only h1, and the title of its tab. */
export function PageTitle({ title, children }: { title: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Voice CBT`;
  }, [title]);
  return (
    <header className="mb-6">
      <h1 className="text-3xl font-semibold">{title}</h1>
      {children && <p className="mt-2 max-w-prose text-muted-foreground">{children}</p>}
    </header>
  );
}
