export const HELPLINE_FINDER = "https://findahelpline.com";

export function Footer() {
  return (
    <footer className="border-t bg-muted">
      <div className="mx-auto max-w-4xl space-y-1 px-4 py-5 text-sm">
        <p>
          <strong>In danger, or thinking of ending your life?</strong> Call your local emergency number, or
          find a person to talk to right now at{" "}
          <a className="font-medium underline" href={HELPLINE_FINDER} rel="noreferrer" target="_blank">
            findahelpline.com
          </a>
          .
        </p>
        <p className="text-muted-foreground">
          Voice CBT is a self-help companion run by software. It is not therapy, not a clinician, not a human,
          and not for emergencies.
        </p>
      </div>
    </footer>
  );
}
