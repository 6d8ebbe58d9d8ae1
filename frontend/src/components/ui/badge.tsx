import type { HTMLAttributes } from "react";
import { cn } from "@/lib/cn";

export function Badge({ className, ...props }: HTMLAttributes<HTMLSpanElement>) {
  const base = "inline-flex flex-wrap items-center gap-x-1 rounded-2xl px-3 py-1 text-sm";
  return <span className={cn(base, "bg-accent text-accent-foreground", className)} {...props} />;
}
