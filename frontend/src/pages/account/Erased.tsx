import { useEffect } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { HELPLINE_FINDER } from "@/components/layout/Footer";
import { PageTitle } from "@/components/PageTitle";
import { useSession } from "@/session/useSession";

/** Where an erased account's person lands: outside of what needs a sign-in, so that it can be forgotten here. */
export default function Erased() {
  const { remember } = useSession();
  const { state } = useLocation() as { state: { erased?: boolean } | null };
  const erased = state?.erased === true;
  useEffect(() => {
    if (erased) remember(null);
  }, [erased, remember]);
  if (!erased) return <Navigate to="/" replace />;
  return (
    <div className="mx-auto max-w-md space-y-4">
      <PageTitle title="Your account is erased">Nothing of what you told us can be read any more.</PageTitle>
      <p>
        Thank you for your trust, and take good care. If you ever want to talk to a person, there is somebody
        at{" "}
        <a className="font-medium underline" href={HELPLINE_FINDER} rel="noreferrer" target="_blank">
          findahelpline.com
        </a>
        .
      </p>
      <p>
        <Link className="font-medium underline" to="/">
          To the start page
        </Link>
      </p>
    </div>
  );
}
