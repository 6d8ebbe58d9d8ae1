import { messageOf } from "@/api/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";

/** Says what went wrong, and offers to try again where that makes sense. */
export function ProblemAlert({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  return (
    <Alert role="alert" variant="danger" className="flex flex-wrap items-center justify-between gap-3">
      <span>{messageOf(error)}</span>
      {onRetry && (
        <Button variant="outline" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
