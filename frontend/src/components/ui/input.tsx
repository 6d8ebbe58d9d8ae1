import { forwardRef, type InputHTMLAttributes } from "react";
import { cn } from "@/lib/cn";

export const controlClasses =
  "w-full rounded-xl border border-input bg-card px-4 py-2.5 text-base placeholder:text-muted-foreground aria-invalid:border-danger";

export const Input = forwardRef<HTMLInputElement, InputHTMLAttributes<HTMLInputElement>>(
  ({ className, ...props }, ref) => <input ref={ref} className={cn(controlClasses, className)} {...props} />,
);
Input.displayName = "Input";
