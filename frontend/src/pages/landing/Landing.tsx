import { Link } from "react-router";
import { HELPLINE_FINDER } from "@/components/layout/Footer";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageTitle } from "@/components/PageTitle";
import { useSession } from "@/session/useSession";

const IT_IS = [
  "A place to say out loud, or write, what is on your mind.",
  "Replies built on techniques of cognitive behavioural therapy, with the sources named.",
  "A record of your moods and talks that only you can see.",
];

const IT_IS_NOT = [
  "Not therapy, and no replacement for it.",
  "Not a human: software listens and answers, and it can misunderstand you.",
  "Not for emergencies: it cannot call anyone for you.",
];

function Points({ title, points }: { title: string; points: readonly string[] }) {
  return (
    <Card>
      <h2 className="text-xl font-semibold">{title}</h2>
      <ul className="mt-3 list-disc space-y-2 pl-5">
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </Card>
  );
}

function WaysIn() {
  const { status } = useSession();
  if (status === "signed_in") {
    return (
      <>
        <Button asChild>
          <Link to="/talk">Go to your talk</Link>
        </Button>
        <Button asChild variant="outline">
          <Link to="/dashboard">See your overview</Link>
        </Button>
      </>
    );
  }
  return (
    <>
      <Button asChild>
        <Link to="/register">Create an account</Link>
      </Button>
      <Button asChild variant="outline">
        <Link to="/sign-in">Sign in</Link>
      </Button>
    </>
  );
}

export function Landing() {
  return (
    <>
      <div className="grid items-center gap-6 py-4 sm:grid-cols-[1fr_auto]">
        <div>
          <PageTitle title="Talk it through, one thought at a time">
            Voice CBT is a self-help companion that you can speak with. It listens, helps you look at what you
            think and feel, and suggests small steps that are known to help.
          </PageTitle>
          <div className="flex flex-wrap gap-3">
            <WaysIn />
          </div>
        </div>
        <div aria-hidden="true" className="sphere mx-auto hidden size-52 rounded-full sm:block" />
      </div>
      <div className="mt-8 grid gap-4 sm:grid-cols-2">
        <Points title="What it is" points={IT_IS} />
        <Points title="What it is not" points={IT_IS_NOT} />
      </div>
      <Alert variant="danger" className="mt-4">
        <strong>If you are in danger, or might hurt yourself or someone else,</strong> call your local
        emergency number now. At{" "}
        <a className="font-medium underline" href={HELPLINE_FINDER} rel="noreferrer" target="_blank">
          findahelpline.com
        </a>{" "}
        you find people to talk to in your country, free and confidential.
      </Alert>
    </>
  );
}
