import type { Helpline } from "@/gen/voicecbt/rag/v1/rag_pb";
import { HELPLINE_FINDER } from "@/components/layout/Footer";
import { Alert } from "@/components/ui/alert";

const linkClasses = "font-semibold underline underline-offset-2";

function dialled(number: string): string {
  return number.replace(/[^+\d*#]/g, "");
}

/** Only addresses of the web: a helpline's address comes from content and must never run a script. */
function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

function Ways({ helpline }: { helpline: Helpline }) {
  const { phone, text, url, hours } = helpline;
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1">
      {phone && (
        <li>
          Call{" "}
          <a className={linkClasses} href={`tel:${dialled(phone)}`}>
            {phone}
          </a>
        </li>
      )}
      {text && <li>Text: {text}</li>}
      {isWebAddress(url) && (
        <li>
          <a className={linkClasses} href={url} rel="noreferrer" target="_blank">
            {new URL(url).host}
          </a>
        </li>
      )}
      {hours && <li className="text-muted-foreground">{hours}</li>}
    </ul>
  );
}

/** Whether the finder of helplines in all countries is among these already. */
function holdsFinder(helplines: readonly Helpline[]): boolean {
  return helplines.some(
    ({ url }) => isWebAddress(url) && new URL(url).host === new URL(HELPLINE_FINDER).host,
  );
}

/** Human help, shown for the rest of the session once it was called for. */
export function SafetyPanel({ helplines }: { helplines: readonly Helpline[] }) {
  if (helplines.length === 0) return null;
  return (
    <Alert role="alert" variant="danger" data-testid="safety" className="space-y-3 border-2 p-5">
      <h2 className="text-xl font-semibold">You do not have to carry this alone</h2>
      <p>
        Please talk to a person now. If you are in danger, call your local emergency number. These people are
        there to listen:
      </p>
      <ul className="grid gap-3 sm:grid-cols-2">
        {helplines.map((helpline) => (
          <li className="min-w-0" key={`${helpline.name} ${helpline.phone}`}>
            <strong>{helpline.name}</strong>
            <Ways helpline={helpline} />
          </li>
        ))}
      </ul>
      {!holdsFinder(helplines) && (
        <p className="text-sm">
          In another country:{" "}
          <a className={linkClasses} href={HELPLINE_FINDER} rel="noreferrer" target="_blank">
            findahelpline.com
          </a>
        </p>
      )}
    </Alert>
  );
}
