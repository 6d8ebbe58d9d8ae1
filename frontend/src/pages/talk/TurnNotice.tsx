import type { Notice } from "@/conversation/state";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";

interface TurnNoticeProps {
  notice: Notice;
  onRetry: (turnId: string) => void;
}

/** What went wrong or is missing, and the way on. */
export function TurnNotice({ notice, onRetry }: TurnNoticeProps) {
  const { kind, message, retryTurnId } = notice;
  return (
    <Alert
      role={kind === "degraded" ? "status" : "alert"}
      className="flex flex-wrap items-center justify-between gap-3"
    >
      <span>{message}</span>
      {retryTurnId !== null && (
        <Button variant="outline" onClick={() => onRetry(retryTurnId)}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
