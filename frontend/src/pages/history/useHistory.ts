import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getSession, listSessions } from "@/api/sessions";

/** Past sessions, newest first, page by page. */
export function useSessions() {
  return useInfiniteQuery({
    queryKey: ["sessions"],
    queryFn: ({ pageParam }) => listSessions(pageParam),
    initialPageParam: "",
    getNextPageParam: ({ nextPageToken }) => nextPageToken || null,
  });
}

/** One session with its turns. */
export function usePastSession(sessionId: string) {
  return useQuery({ queryKey: ["session", sessionId], queryFn: () => getSession(sessionId) });
}
