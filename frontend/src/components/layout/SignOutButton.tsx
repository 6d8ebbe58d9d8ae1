import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { signOut } from "@/api/auth";
import { messageOf } from "@/api/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { useSession } from "@/session/useSession";

const START = "/";

export function SignOutButton() {
  const { remember } = useSession();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [problem, setProblem] = useState("");
  const [leaving, setLeaving] = useState(false);

  useEffect(() => {
    // Only once the page is left: one for signed-in people would ask to sign in again.
    if (leaving && pathname === START) remember(null);
  }, [leaving, pathname, remember]);

  async function leave() {
    setProblem("");
    try {
      await signOut();
    } catch (error) {
      setProblem(`You are still signed in. ${messageOf(error)}`);
      return;
    }
    setLeaving(true);
    await navigate(START);
  }

  return (
    <>
      <Button variant="ghost" className="px-3" onClick={() => void leave()}>
        Sign out
      </Button>
      {problem && (
        <Alert role="alert" variant="danger" className="order-last w-full">
          {problem}
        </Alert>
      )}
    </>
  );
}
