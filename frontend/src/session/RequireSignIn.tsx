import { Navigate, Outlet, useLocation } from "react-router";
import { Loading } from "@/components/Loading";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useSession } from "./useSession";

/** Lets signed-in people through; the others sign in first and then come back. */
export function RequireSignIn() {
  const { status, problem, retry } = useSession();
  const { pathname } = useLocation();
  if (status === "signed_in") return <Outlet />;
  if (status === "signed_out") return <Navigate to="/sign-in" replace state={{ from: pathname }} />;
  return problem ? <ProblemAlert error={problem} onRetry={retry} /> : <Loading />;
}
