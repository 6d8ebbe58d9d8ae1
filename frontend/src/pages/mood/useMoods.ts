import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteMood, listMoods } from "@/api/moods";

export const MOODS_KEY = ["moods"] as const;

/** Mood entries, newest first, page by page. */
export function useMoods() {
  return useInfiniteQuery({
    queryKey: MOODS_KEY,
    queryFn: ({ pageParam }) => listMoods(pageParam),
    initialPageParam: "",
    getNextPageParam: ({ nextPageToken }) => nextPageToken || null,
  });
}

/** Deletes a mood entry; the list and the charts follow. */
export function useDeleteMood() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: deleteMood,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: MOODS_KEY });
      void client.invalidateQueries({ queryKey: ["insights"] });
    },
  });
}
