import * as SliderPrimitive from "@radix-ui/react-slider";
import { type ComponentPropsWithoutRef, type ComponentRef, forwardRef } from "react";
import { cn } from "@/lib/cn";

type SliderProps = Omit<ComponentPropsWithoutRef<typeof SliderPrimitive.Root>, "aria-label"> & {
  /** Names the thumb, which is what gets the focus. */
  label: string;
  /** The value in words. */
  valueText: string;
  describedBy?: string | undefined;
};

export const Slider = forwardRef<ComponentRef<typeof SliderPrimitive.Root>, SliderProps>(
  ({ className, label, valueText, describedBy, ...props }, ref) => (
    <SliderPrimitive.Root
      ref={ref}
      className={cn("relative flex h-11 w-full touch-none items-center select-none", className)}
      {...props}
    >
      <SliderPrimitive.Track className="relative h-2.5 grow overflow-hidden rounded-full bg-muted">
        <SliderPrimitive.Range className="absolute h-full bg-primary" />
      </SliderPrimitive.Track>
      <SliderPrimitive.Thumb
        aria-label={label}
        aria-valuetext={valueText}
        aria-describedby={describedBy}
        className="block size-7 rounded-full border-2 border-primary bg-card shadow"
      />
    </SliderPrimitive.Root>
  ),
);
Slider.displayName = "Slider";
