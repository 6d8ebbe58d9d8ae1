import type { Connection } from "@/conversation/socket";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";

const WORDS: Partial<Record<Connection, string>> = {
  reconnecting: "The connection was lost. Trying to get it back; what you have said so far is kept.",
  ended: "This talk is closed here; it may go on in another window.",
  lost: "We could not get the connection back. What you have said so far is kept.",
  refused: "The service did not understand this page. Loading the page again usually helps.",
};

interface ConnectionNoticeProps {
  connection: Connection;
  onReconnect: () => void;
}

export function ConnectionNotice({ connection, onReconnect }: ConnectionNoticeProps) {
  const words = WORDS[connection];
  if (!words) return null;
  return (
    <Alert role="status" className="flex flex-wrap items-center justify-between gap-3">
      <span>{words}</span>
      {connection === "refused" ? (
        <Button variant="outline" onClick={() => window.location.reload()}>
          Load again
        </Button>
      ) : (
        <Button variant="outline" onClick={onReconnect}>
          {connection === "ended" ? "Go on here" : "Reconnect now"}
        </Button>
      )}
    </Alert>
  );
}
