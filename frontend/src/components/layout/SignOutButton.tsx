import { useState } from "react";
import { useNavigate } from "react-router";
import { signOut } from "@/api/auth";
import { messageOf } from "@/api/problem";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { useSession } from "@/session/useSession";

export function SignOutButton() {
  const { remember } = useSession();
  const navigate = useNavigate();
  const [problem, setProblem] = useState("");

  async function leave() {
    setProblem("");
    try {
      await signOut();
    } catch (error) {
      setProblem(`You are still signed in. ${messageOf(error)}`);
      return;
    }
    // Leave first, and at once: a page for signed-in people would ask to sign in again.
    await navigate("/", { flushSync: true });
    remember(null);
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
