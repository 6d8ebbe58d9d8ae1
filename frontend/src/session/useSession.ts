import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { fetchProfile } from "@/api/auth";
import { tabSessionStore } from "@/conversation/sessionStore";
import type { Profile } from "@/gen/voicecbt/auth/v1/auth_pb";

export const PROFILE_KEY = ["profile"] as const;

export interface SignIn {
  /** `unknown` until the server has told, and when it cannot be reached. */
  readonly status: "unknown" | "signed_in" | "signed_out";
  readonly profile: Profile | null;
  readonly problem: Error | null;
  readonly retry: () => void;
  /** Takes note of who has just signed in, or of nobody. */
  readonly remember: (profile: Profile | null) => void;
}

/** Who is signed in. The cookies cannot be read by scripts, so the server is asked. */
export function useSession(): SignIn {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: PROFILE_KEY,
    queryFn: fetchProfile,
    staleTime: Infinity,
  });
  const remember = useCallback(
    (profile: Profile | null) => {
      // What was loaded, and the talk of this tab, belong to whoever was signed in before.
      tabSessionStore.write(null);
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== PROFILE_KEY[0] });
      client.setQueryData(PROFILE_KEY, profile);
    },
    [client],
  );
  const status = data === undefined ? "unknown" : data === null ? "signed_out" : "signed_in";
  return {
    status,
    profile: data ?? null,
    problem: error,
    retry: () => void refetch(),
    remember,
  };
}
