import * as TogglePrimitive from "@radix-ui/react-toggle";
import { type ComponentPropsWithoutRef, type ComponentRef, forwardRef } from "react";
import { cn } from "@/lib/cn";

export const Toggle = forwardRef<
  ComponentRef<typeof TogglePrimitive.Root>,
  ComponentPropsWithoutRef<typeof TogglePrimitive.Root>
>(({ className, ...props }, ref) => (
  <TogglePrimitive.Root
    ref={ref}
    className={cn(
      "inline-flex min-h-11 items-center gap-2 rounded-full border border-input bg-card px-4 transition-colors hover:bg-muted data-[state=on]:border-primary data-[state=on]:bg-accent data-[state=on]:text-accent-foreground",
      className,
    )}
    {...props}
  />
));
Toggle.displayName = "Toggle";
