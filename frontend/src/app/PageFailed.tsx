import { PageTitle } from "@/components/PageTitle";
import { Button } from "@/components/ui/button";

/** When a page cannot be shown at all, as after an update of the app while it was open. */
export function PageFailed() {
  return (
    <>
      <PageTitle title="This page could not be shown">
        Something went wrong on our side. Loading it again usually helps.
      </PageTitle>
      <Button onClick={() => window.location.reload()}>Load again</Button>
    </>
  );
}
