import { PageTitle } from "@/components/PageTitle";
import { useSession } from "@/session/useSession";
import { EraseAccount } from "./EraseAccount";
import { Preferences } from "./Preferences";

export default function Account() {
  const { profile } = useSession();
  if (!profile) return null; // Only for the moment in which a sign-in ends.
  return (
    <div className="mx-auto max-w-2xl space-y-5">
      <PageTitle title="Your account">{profile.email && `Signed in as ${profile.email}.`}</PageTitle>
      <Preferences profile={profile} />
      <EraseAccount />
    </div>
  );
}
