import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "@/api/problem";
import { PROFILE_KEY } from "@/session/useSession";

const MAX_RETRIES = 2;

/** A refusal stays a refusal; only what may pass by itself is tried again. */
function worthRetrying(failures: number, error: Error): boolean {
  const passing = !(error instanceof ApiProblem) || error.status === 0 || error.status >= 500;
  return passing && failures < MAX_RETRIES;
}

/** Server state. When any query finds that nobody is signed in any more, the whole app takes note. */
export function newQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    defaultOptions: { queries: { retry: worthRetrying, staleTime: 10_000 } },
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiProblem && error.status === 401) client.setQueryData(PROFILE_KEY, null);
      },
    }),
  });
  return client;
}
