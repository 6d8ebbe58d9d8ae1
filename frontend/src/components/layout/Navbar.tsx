import { Link, NavLink } from "react-router";
import { cn } from "@/lib/cn";
import { useSession } from "@/session/useSession";
import { SignOutButton } from "./SignOutButton";

const PAGES = [
  { to: "/talk", name: "Talk" },
  { to: "/mood", name: "Mood" },
  { to: "/dashboard", name: "Overview" },
  { to: "/history", name: "History" },
] as const;

function linkClasses({ isActive }: { isActive: boolean }): string {
  return cn("inline-flex min-h-11 items-center rounded-full px-3 hover:bg-muted", isActive && "bg-accent");
}

export function Navbar() {
  const { status } = useSession();
  return (
    <header className="border-b bg-card">
      <nav aria-label="Main" className="mx-auto flex max-w-4xl flex-wrap items-center gap-x-1 px-4 py-2">
        <Link
          to="/"
          className="mr-auto inline-flex min-h-11 items-center gap-2 font-heading text-lg font-semibold"
        >
          <img src="/icon.svg" alt="" className="size-7" />
          Voice CBT
        </Link>
        {status === "signed_in" && (
          <>
            <div className="order-last flex w-full justify-between sm:order-none sm:w-auto sm:gap-1">
              {PAGES.map(({ to, name }) => (
                <NavLink key={to} to={to} className={linkClasses}>
                  {name}
                </NavLink>
              ))}
            </div>
            <NavLink to="/account" className={linkClasses}>
              Account
            </NavLink>
            <SignOutButton />
          </>
        )}
        {status === "signed_out" && (
          <NavLink to="/sign-in" className={linkClasses}>
            Sign in
          </NavLink>
        )}
      </nav>
    </header>
  );
}
