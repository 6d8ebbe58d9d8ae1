import { cva, type VariantProps } from "class-variance-authority";
import type { HTMLAttributes } from "react";
import { cn } from "@/lib/cn";

const alertVariants = cva("rounded-2xl border px-4 py-3", {
  variants: {
    variant: {
      info: "border-border bg-muted text-foreground",
      calm: "border-calm/40 bg-calm-surface text-foreground",
      danger: "border-danger/50 bg-danger-surface text-foreground",
    },
  },
  defaultVariants: { variant: "info" },
});

export type AlertProps = HTMLAttributes<HTMLDivElement> & VariantProps<typeof alertVariants>;

/** A message in the page. `role` decides how urgently it is read out: "alert" at once, "status" in turn. */
export function Alert({ className, variant, ...props }: AlertProps) {
  return <div className={cn(alertVariants({ variant }), className)} {...props} />;
}
