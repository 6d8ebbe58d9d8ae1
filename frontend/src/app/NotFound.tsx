import { Link } from "react-router";
import { PageTitle } from "@/components/PageTitle";
import { Button } from "@/components/ui/button";

export function NotFound() {
  return (
    <>
      <PageTitle title="There is no such page">
        The address may be mistyped, or the page may have moved.
      </PageTitle>
      <Button asChild>
        <Link to="/">Go to the start</Link>
      </Button>
    </>
  );
}
