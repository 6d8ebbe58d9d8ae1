import type { Citation } from "@/gen/voicecbt/rag/v1/rag_pb";
import { techniqueInWords } from "@/lib/techniques";

interface ReplyBasisProps {
  technique: string;
  citations: readonly Citation[];
}

/** What a reply does and where it comes from. */
export function ReplyBasis({ technique, citations }: ReplyBasisProps) {
  const sources = [...new Set(citations.flatMap((citation) => citation.sources))];
  return (
    <div className="space-y-1 text-sm text-muted-foreground">
      {technique && <p>Technique: {techniqueInWords(technique)}</p>}
      {citations.length > 0 && <p>Based on: {citations.map((citation) => citation.title).join("; ")}</p>}
      {sources.length > 0 && (
        <details>
          <summary className="cursor-pointer">Where this comes from</summary>
          <ul className="list-disc pl-5">
            {sources.map((source) => (
              <li key={source}>{source}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
